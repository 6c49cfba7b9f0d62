/* "Near me" fills a field that the form has anyway; nothing is sent before somebody asks. */
const button = document.querySelector("#near-me");
const near = document.querySelector("#near");
const place = document.querySelector("#place");
const said = document.querySelector("#near-said");

if (button && "geolocation" in navigator) {
  button.hidden = false;
  button.addEventListener("click", () => {
    button.setAttribute("aria-busy", "true");
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        button.removeAttribute("aria-busy");
        near.value = `${coords.latitude.toFixed(3)},${coords.longitude.toFixed(3)}`; // a hundred metres will do
        place.value = "";
        said.hidden = false;
        button.form.requestSubmit();
      },
      () => { button.removeAttribute("aria-busy"); place.focus(); },
      { maximumAge: 600_000, timeout: 10_000 },
    );
  });
  place.addEventListener("input", () => { near.value = ""; said.hidden = true; });
}
