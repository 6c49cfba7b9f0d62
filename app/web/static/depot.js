/* Small things that make the pages quicker. Everything works without them. */

/* What was left empty in a search does not stand in its address. */
document.addEventListener("formdata", ({ target, formData }) => {
  if (target.method !== "get") return;
  for (const [name, value] of [...formData]) if (value === "") formData.delete(name);
});
