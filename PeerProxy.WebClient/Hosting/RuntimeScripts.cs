using System.Text;

namespace PeerProxy.WebClient.Hosting;

/// <summary>
/// The scripts that are first in every document and worker of the site, each made of its parts (Client/runtime, one API each) as one classic script. The parts share
/// one function scope, so the site sees none of their names.
/// </summary>
internal static class RuntimeScripts
{
    /// <summary>Path below <c>/.peerproxy/</c> of the script for documents.</summary>
    internal const string PagePath = "runtime/runtime.js";

    /// <summary>Path below <c>/.peerproxy/</c> of the script for workers.</summary>
    internal const string WorkerPath = "runtime/worker.js";

    private static readonly string[] _pageParts =
    [
        "environment", "document-cookie", "cookie-store", "web-socket", "shell-sockets", "responses", "metered-reading", "aborts", "upload-progress", "outliving", "shell-name",
        "service-worker-container", "storage", "downloads", "streaming-fetch", "event-source", "sync-xhr", "workers", "frames", "links", "windows", "start", "start-page",
    ];

    private static readonly string[] _workerParts =
        ["environment", "web-socket", "worker-sockets", "responses", "streaming-fetch", "event-source", "workers", "storage", "start", "start-worker"];

    /// <summary>Globals that the parts take from the window they run for: a blank frame's are not those of the page that runs them.</summary>
    private static readonly string[] _globals =
    [
        "document", "location", "navigator", "history", "Blob", "CacheStorage", "CloseEvent", "Document", "Element", "Event", "EventTarget", "Headers", "HTMLAnchorElement",
        "HTMLAreaElement", "HTMLFormElement", "HTMLIFrameElement", "IDBFactory", "Location", "MessageChannel", "MessageEvent", "MutationObserver", "Navigator", "Performance",
        "ProgressEvent", "ReadableStream", "ReadableStreamDefaultReader", "Request", "Response", "TextDecoderStream", "URL", "XMLHttpRequest", "XMLHttpRequestEventTarget",
        "XMLHttpRequestUpload",
    ];

    /// <summary>Those of which every part is there.</summary>
    internal static IEnumerable<ClientFile> Of(Func<string, ClientFile?> find)
    {
        foreach (var (path, parts) in new[] { (PagePath, _pageParts), (WorkerPath, _workerParts) })
        {
            var files = parts.Select(part => find($"runtime/{part}.js")).OfType<ClientFile>().ToArray();
            if (files.Length == parts.Length)
            {
                var script = new StringBuilder($"(function runRuntime(window) {{\n\"use strict\";\nconst {{ {string.Join(", ", _globals)} }} = window;\n");
                foreach (var file in files)
                {
                    script.Append(Encoding.UTF8.GetString(file.Content)).Append('\n');
                }

                yield return new ClientFile(path, Encoding.UTF8.GetBytes(script.Append("})(globalThis);\n").ToString()));
            }
        }
    }
}
