/* The map, once somebody asked for it: a pin for everything on the page that says where it is. */
const map = document.querySelector("#map");
const { tiles, credit, lat, lon, zoom } = map.dataset;
const drawn = L.map(map, { scrollWheelZoom: false, attributionControl: false }).setView([Number(lat), Number(lon)], Number(zoom || 12));
const pins = L.featureGroup().addTo(drawn);
L.control.attribution({ prefix: false }).addTo(drawn);
const attribution = document.createElement("span");
attribution.textContent = credit;
L.tileLayer(tiles, { attribution: attribution.innerHTML, maxZoom: 18, referrerPolicy: "strict-origin-when-cross-origin" }).addTo(drawn);

function draw() {
  pins.clearLayers();
  for (const place of document.querySelectorAll("[data-lat][data-lon]:not(#map)")) {
    const link = place.querySelector("a");
    const title = link ? link.textContent : place.textContent.trim();
    const icon = L.divIcon({ className: "pin", iconSize: [28, 28] });
    const pin = L.marker([Number(place.dataset.lat), Number(place.dataset.lon)], { icon, title, alt: title }).addTo(pins);
    if (link) {
      const popup = document.createElement("a");
      popup.href = link.href;
      popup.textContent = title;
      pin.bindPopup(popup);
    }
  }
  if (pins.getLayers().length) drawn.fitBounds(pins.getBounds(), { maxZoom: 15, padding: [30, 30], animate: false });
}

draw();
document.addEventListener("htmx:after:swap", draw);
