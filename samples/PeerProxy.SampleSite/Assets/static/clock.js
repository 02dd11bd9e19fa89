const face = document.querySelector("[data-clock]");
const state = document.querySelector("[data-clock-state]");
const events = new EventSource("/live/clock");

events.addEventListener("tick", (event) => {
  face.textContent = new Date(event.data).toLocaleTimeString();
  if (state) {
    state.textContent = `event ${event.lastEventId}`;
  }
});
events.addEventListener("error", () => {
  if (state) {
    state.textContent = "reconnecting";
  }
});
