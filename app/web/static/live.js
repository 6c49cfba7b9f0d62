/* What comes is told while somebody looks: the number of what is unread changes, and where a page shows what the news are
   about, it offers to show them. Nothing is loaded anew by itself: somebody may be typing. */
const count = document.querySelector("[data-unread]");
const line = document.querySelector("#live");
const INBOX = "/api/v1/me/notifications";
let stream = null;

function here() {
  const address = new URL(location.href);
  address.hash = "";
  address.searchParams.delete("done");
  return address.href;
}

/* Where to see what a notice is about: this page, if it shows it already; beside a list of the like the thing itself; else
   there is nothing to offer on this page. */
function place(notice) {
  const { pathname, search } = new URL(notice.next_step.href);
  const about = Object.keys(notice).filter((name) => name.endsWith("_id") && notice[name]);
  const links = about.map((name) => `main a[href*="${notice[name]}"]`).join();
  const isShown = about.some((name) => location.pathname.includes(notice[name])) || (links && document.querySelector(links));
  if (isShown || location.pathname === "/notifications") return here();
  return location.pathname === "/bookings" && notice.booking_id ? pathname + search : "";
}

function offer(notices) {
  const address = notices.map(place).find(Boolean);
  if (!address || !line || line.childElementCount) return;
  const link = document.createElement("a");
  link.href = address;
  link.textContent = line.dataset.show;
  line.append(`${line.dataset.says} `, link);
}

const ask = (path) => fetch(INBOX + path).then((answer) => (answer.ok ? answer.json() : Promise.reject(answer)));

/* Answers by how much it rose. */
async function recount() {
  const { unread } = await ask("/unread-count");
  const before = Number(count.textContent);
  count.textContent = unread;
  count.parentElement.hidden = unread === 0;
  return unread - before;
}

function hear({ data }) {
  offer([JSON.parse(data)]);
  recount().catch(() => null);
}

/* What came since the page was made, before the stream was open: nobody looked, or the line was broken. */
async function catchUp() {
  const rise = await recount();
  if (rise <= 0) return;
  const { items } = await ask(`?unread=true&limit=${Math.min(rise, 100)}`);
  offer(items);
}

function follow() {
  if (document.visibilityState === "hidden") {
    stream?.close();
    stream = null;
  } else if (!stream) {
    stream = new EventSource("/api/v1/events");
    stream.addEventListener("notification", hear);
    stream.addEventListener("open", () => catchUp().catch(() => null));
    stream.addEventListener("error", ({ target }) => {
      if (target.readyState !== EventSource.CLOSED) return;
      stream = null;
      setTimeout(follow, 60_000);
    });
  }
}

if (count && "EventSource" in window) {
  document.addEventListener("visibilitychange", follow);
  follow();
}
