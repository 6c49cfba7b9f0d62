/* Photos go up as soon as they are taken, made smaller here first: a bad line at the shed must be enough. */
const LONGEST = 1600;

async function smaller(file) {
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
    if (scale === 1 && file.size < 1_000_000) return file;
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
    return blob ? new File([blob], "photo.jpg", { type: "image/jpeg" }) : file;
  } catch {
    return file;
  }
}

for (const form of document.querySelectorAll("[data-photos]")) {
  const field = form.querySelector("input[type=file]");
  field.addEventListener("change", async () => {
    if (!field.files.length) return;
    const made = new DataTransfer();
    for (const file of field.files) made.items.add(await smaller(file));
    field.files = made.files;
    form.requestSubmit();
  });
}
