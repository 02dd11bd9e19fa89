/** The name of the frame the site lives in (shell/index.html). */
const siteFrameName = "peerproxy-site";

/** Links and forms that mean the top window mean the site's; those that name the target's own address mean this site. */
function installLinks(): void {
  window.addEventListener("click", event => {
    const link = event.composedPath().find((target): target is HTMLAnchorElement => (target instanceof HTMLAnchorElement || target instanceof HTMLAreaElement) && target.href !== "");
    if (link !== undefined && URL.canParse(link.href)) {
      const url = new URL(link.href);
      const own = withoutTarget(url);
      if (own !== url) {
        link.href = own.href;
      }

      const target = targetInSite(link.target !== "" ? link.target : baseTarget());
      if (target !== undefined) {
        link.target = target;
      }
    }
  }, true);

  window.addEventListener("submit", event => {
    if (event.target instanceof HTMLFormElement) {
      prepare(event.target, event.submitter);
    }
  }, true);
  const { submit } = HTMLFormElement.prototype;
  replaceProperty(HTMLFormElement.prototype, "submit", {
    value(this: HTMLFormElement): void {
      prepare(this, null);
      submit.call(this);
    },
    writable: true,
  });

  function prepare(form: HTMLFormElement, submitter: HTMLElement | null): void {
    mapAttribute(form, "action", "target");
    if (submitter !== null) {
      mapAttribute(submitter, "formaction", "formtarget");
    }

    const base = targetInSite(baseTarget());
    if (!form.hasAttribute("target") && base !== undefined) {
      form.setAttribute("target", base);
    }
  }

  function mapAttribute(element: HTMLElement, address: string, target: string): void {
    const value = element.getAttribute(address);
    if (value !== null && URL.canParse(value, document.baseURI)) {
      const url = new URL(value, document.baseURI);
      const own = withoutTarget(url);
      if (own !== url) {
        element.setAttribute(address, own.href);
      }
    }

    const inSite = targetInSite(element.getAttribute(target) ?? "");
    if (inSite !== undefined) {
      element.setAttribute(target, inSite);
    }
  }

  function baseTarget(): string {
    return document.querySelector("base[target]")?.getAttribute("target") ?? "";
  }
}

/** The frame that `_top` (and in the site's top document `_parent`) means; undefined for other names. */
function targetInSite(name: string): string | undefined {
  const word = name.toLowerCase();
  return word === "_top" || (word === "_parent" && isTopOfSite) ? siteFrameName : undefined;
}
