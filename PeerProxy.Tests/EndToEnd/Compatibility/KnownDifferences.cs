using PeerProxy.Tests.TestKit.Browsers;

namespace PeerProxy.Tests.EndToEnd.Compatibility;

/// <summary>What cannot be as it is directly. A difference that goes away fails its case, so that this list stays true.</summary>
public static class KnownDifferences
{
    private const string Past = "The browser sends this past every service worker.";

    public static IReadOnlyList<KnownDifference> All { get; } =
    [
        new("frames", "top is the page itself", null, "`window.top` cannot be replaced: it is PeerProxy's own page. `parent`, `frameElement` and `opener` are as they would be.", "[false,true,true,false]"),
        new("frames", "frameElement, ancestorOrigins and referrer of the page", BrowserInstallation.Chromium, "`location.ancestorOrigins` cannot be replaced; it names the site's own origin.", "[null,1,"),
        new("frames", "frameElement, ancestorOrigins and referrer of the page", BrowserInstallation.Firefox, "`location.ancestorOrigins` cannot be replaced; it names the site's own origin.", "[null,1,"),
        new("frames", "A blank frame loads images and scripts", BrowserInstallation.Chromium, Past + " What scripts in it fetch goes through.", "Error"),
        new("frames", "A sandboxed frame without it", null, Past, "no answer"),
        new("frames", "X-Frame-Options DENY keeps a page out of frames", null, "The site lives in a frame itself, so the field is softened to SAMEORIGIN for all its pages; other sites still cannot frame them.", "policy"),
        new("media", "object and embed show documents of the site", null, Past, "nothing"),
        new("xhr", "Synchronous requests in a document", BrowserInstallation.Chromium, Past + " The page gets an error that says so.", "NetworkError"),
        new("workers", "A module worker from a blob with an import", BrowserInstallation.Firefox, Past, "failed"),
        new("headers", "A field value beyond ASCII", BrowserInstallation.Chromium, "Chromium shows service workers an empty value in place of one with characters beyond ASCII.", "\"\""),
        new("headers", "Accept-Encoding", null, "The agent asks for what the service worker can undo.", "gzip, deflate"),
        new("headers", "The names of all request fields of a fetch", null, "X-Forwarded-For is added; Connection and Priority are the browser's, for its own connection.", "x-forwarded-for"),
        new("headers", "Absolute addresses of the target: image stays clean in a canvas", BrowserInstallation.Firefox, "The image is shown; Firefox judges its address, not who answered.", "SecurityError"),
        new("page", "Performance: navigation entry and timing", BrowserInstallation.Firefox, "The old `performance.navigation.type` says \"reserved\" of a page that replaced a blank one.", "255"),
        new("cookies", "Names without values and values without names", null, "As RFC 6265bis has it; Chromium orders replaced cookies otherwise, and Firefox takes a name without a value for a cookie of that name.", "h3"),
    ];

    public static KnownDifference? Find(string browser, CompatibilityCase compatibilityCase) =>
        All.FirstOrDefault(one => one.Group == compatibilityCase.Group && one.Name == compatibilityCase.Name && (one.Browser is null || one.Browser == browser));
}
