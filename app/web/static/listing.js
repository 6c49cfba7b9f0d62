/* Tapping a day of the calendar fills the form, without a new page: the first tap says when, a later day until when. */
const form = document.querySelector("#wish");
let until = false;

function fill(name, value) { form.elements[name].value = value; }

document.querySelector(".month")?.addEventListener("click", (event) => {
  const day = event.target.closest("a[data-from-day]");
  if (!day || !form) return;
  event.preventDefault();
  const { fromDay, fromTime, untilDay, untilTime } = day.dataset;
  if (until && untilDay > form.elements.from_day.value) {
    until = false;
  } else {
    until = true;
    fill("from_day", untilDay);
    fill("from_time", form.elements.from_time.value || fromTime);
  }
  fill("until_day", untilDay);
  fill("until_time", form.elements.until_time.value || untilTime);
  mark();
  form.dispatchEvent(new Event("change", { bubbles: true }));
  document.querySelector("#ask").scrollIntoView({ block: "start" });
});

function mark() {
  const { from_day: from, until_day: to } = form.elements;
  for (const day of document.querySelectorAll(".month a[data-from-day]")) {
    const chosen = from.value && day.dataset.untilDay >= from.value && day.dataset.untilDay <= (to.value || from.value);
    day.toggleAttribute("data-chosen", Boolean(chosen));
  }
}

if (form) { mark(); form.addEventListener("change", mark); }
