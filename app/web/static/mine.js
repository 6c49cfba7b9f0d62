/* What a phone keeps of its owner: the next hand-overs, to look at where there is no line. Gone when they sign out. */
const MINE = "depot-mine";
const NEXT = "/offline/next";

async function kept() {
  const found = await caches.match(NEXT, { cacheName: MINE });
  return found ? found.json() : null;
}

async function remember(me) {
  if (location.pathname.startsWith("/bookings")) {
    const answer = await fetch(NEXT, { headers: { accept: "application/json" } });
    if (answer.ok) return (await caches.open(MINE)).put(NEXT, answer);
  }
  const before = await kept();
  return before && before.me !== me ? caches.delete(MINE) : null;
}

function line(tag, text, parent) {
  if (!text) return;
  const made = document.createElement(tag);
  made.textContent = text;
  parent.append(made);
}

async function show(list) {
  const told = await kept();
  if (!told) return;
  document.querySelector("[data-as-of]").textContent = told.as_of;
  list.hidden = false;
  for (const one of told.items) {
    const item = document.createElement("li");
    item.className = "record";
    line("h2", one.title, item);
    for (const text of [one.what, one.when, one.who, one.where]) line("p", text, item);
    if (one.code) line("p", one.code, item);
    list.append(item);
  }
  document.querySelector("[data-nothing]").hidden = told.items.length > 0;
}

const me = document.body.dataset.me;
const list = document.querySelector("[data-next]");
if ("caches" in window) {
  if (list) show(list);
  else if (me) remember(me).catch(() => null);
  else if (me === "") caches.delete(MINE);
}
if (me && "serviceWorker" in navigator) {
  navigator.serviceWorker.register("/service-worker.js").catch(() => null);
}
