// The page that takes the tab to another origin (service-worker/leave-page.ts); in a nested frame only the frame goes.
{
  const target = (document.currentScript as HTMLScriptElement | null)?.dataset["to"];
  if (target !== undefined) {
    (window.parent === window.top ? window.parent : window).location.replace(target);
  }
}
