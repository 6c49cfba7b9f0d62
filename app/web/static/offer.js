/* Painting a week, smaller photos, "where I am": the form does all of it by hand as well. */
const form = document.querySelector("#offer");
const week = document.querySelector("#week");
const near = document.querySelector("#near");
const button = document.querySelector("#near-me");
const LONGEST = 1600;

/* Painting: whoever begins on an empty square paints, whoever begins on a painted one wipes. */
let painting = null;
function boxAt(event) {
  const at = document.elementFromPoint(event.clientX, event.clientY);
  return at?.closest("#week td")?.querySelector("input");
}
week?.addEventListener("pointerdown", (event) => {
  const box = boxAt(event);
  if (!box || event.pointerType === "touch" && !event.isPrimary) return;
  painting = !box.checked;
  box.checked = painting;
  event.preventDefault();
});
week?.addEventListener("pointermove", (event) => {
  const box = painting === null ? null : boxAt(event);
  if (box) box.checked = painting;
});
document.addEventListener("pointerup", () => { painting = null; });
week?.addEventListener("click", (event) => { if (event.detail && event.target.matches("input")) event.preventDefault(); });

/* What the chosen kind has no use for is not shown. */
function fit() {
  const kind = form.elements.kind.value;
  for (const part of form.querySelectorAll("[data-kinds]")) part.hidden = !part.dataset.kinds.split(" ").includes(kind);
}
form.addEventListener("change", fit);
fit();

if (button && "geolocation" in navigator) {
  button.hidden = false;
  button.addEventListener("click", () => navigator.geolocation.getCurrentPosition(({ coords }) => {
    near.value = `${coords.latitude.toFixed(5)},${coords.longitude.toFixed(5)}`;
    document.querySelector("#near-said").hidden = false;
  }, () => form.elements.district.focus(), { maximumAge: 600_000, timeout: 10_000 }));
}
for (const name of ["district", "locality"]) form.elements[name].addEventListener("input", () => { near.value = ""; });

/* A camera's picture is ten times what is kept of it: it is made smaller before it travels. */
async function smaller(file) {
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
    if (scale === 1 && file.size < 500_000) return file;
    const canvas = new OffscreenCanvas(picture.width * scale, picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.85 });
    return new File([blob], "photo.jpg", { type: "image/jpeg" });
  } catch {
    return file;
  }
}
document.querySelector("#photos")?.addEventListener("change", async ({ target }) => {
  const kept = new DataTransfer();
  for (const file of target.files) kept.items.add(await smaller(file));
  target.files = kept.files;
});
