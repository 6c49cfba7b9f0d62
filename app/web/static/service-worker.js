/* Keeps the shell of the pages, and shows what comes next when there is no line. What is in capitals is filled in. */
const SHELL = "depot-shell-VERSION";
const KEPT = ["ASSETS"];

self.addEventListener("install", (event) => {
  const all = [...KEPT, "/offline"].map((path) => new Request(path, { cache: "reload" }));
  event.waitUntil(caches.open(SHELL).then((cache) => cache.addAll(all)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const isOld = (name) => name.startsWith("depot-shell-") && name !== SHELL;
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter(isOld).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  if (request.mode === "navigate") {
    event.respondWith(fetch(request).catch(() => caches.match("/offline")));
  } else if (KEPT.includes(new URL(request.url).pathname)) {
    event.respondWith(caches.match(request).then((kept) => kept || fetch(request)));
  }
});
