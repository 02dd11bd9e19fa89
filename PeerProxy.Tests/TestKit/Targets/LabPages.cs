using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace PeerProxy.Tests.TestKit.Targets;

/// <summary>Pages to walk through: links, history, frames, policies.</summary>
internal static class LabPages
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/", () => Html("Lab", """<h1 id="here">Lab</h1><a id="first" href="/pages/1">first</a>"""));
        app.MapGet("/pages/{number:int}", Numbered);
        app.MapGet("/deep/{**path}", (HttpContext context) => Html("Deep " + context.Request.Path.Value, $"""
            <h1 id="here">{WebUtility.HtmlEncode(context.Request.Path.Value)}</h1>
            <p id="query">{WebUtility.HtmlEncode(context.Request.QueryString.Value)}</p>
            <p id="hash"></p>
            <div style="height:3000px"></div><p id="section">the section</p>
            <script>document.getElementById('hash').textContent = location.hash; document.getElementById('query').dataset.script = location.search;</script>
            """));
        app.MapGet("/frames", () => Html("Frames", """<iframe id="outer" src="/frames/outer"></iframe>"""));
        app.MapGet("/frames/outer", () => Html("Outer", """<p id="outer-text">outer</p><iframe id="inner" src="/frames/inner"></iframe>"""));
        app.MapGet("/frames/inner", () => Html("Inner", """<p id="inner-text">inner</p><script>parent.parent.postMessage('from inner', '*')</script>"""));
        app.MapGet("/csp/{kind}", Policy);
        app.MapGet("/assets/{name}.js", (string name) => Results.Text($"(window.loaded ??= []).push('{name}');", "text/javascript"));
        app.MapGet("/assets/{name}.css", (string name) => Results.Text($".{name} {{ color: rgb(1, 2, 3); }}", "text/css"));
        app.MapGet("/assets/{name}.svg", (string name) => Results.Text(
            $"""<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16"><title>{name}</title><rect width="16" height="16" fill="green"/></svg>""", "image/svg+xml"));
        app.MapGet("/favicon.ico", () => Results.NotFound());
        app.MapGet("/mixed", () => Html("Mixed", string.Concat(Enumerable.Range(0, 12).Select(i => $"<script src=\"/assets/s{i}.js\"></script><img src=\"/assets/i{i}.svg\">"))));
        app.MapGet("/player", () => Html("Player", """<audio id="audio" controls preload="auto" src="/media/tone.wav"></audio>"""));
    }

    /// <summary>A complete document with this title and body.</summary>
    public static IResult Html(string title, string body, string head = "") => Results.Content($"""
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><title>{WebUtility.HtmlEncode(title)}</title>{head}</head>
        <body>
        {body}
        </body></html>
        """, "text/html; charset=utf-8");

    private static IResult Numbered(HttpContext context, int number)
    {
        var text = number.ToString(CultureInfo.InvariantCulture);
        return Html("Page " + text, $"""
            <h1 id="here">Page {text}</h1>
            <p id="served">{Guid.NewGuid():N}</p>
            <a id="next" href="/pages/{number + 1}">next</a> <a id="relative" href="{number + 1}?via=relative#part">relative</a>
            <a id="hash" href="#part">hash</a> <a id="blank" href="/pages/{number + 1}" target="_blank">new tab</a>
            <a id="download" href="/attachment/file.bin">file</a>
            <button id="push" onclick="history.pushState([{text}], '', '/pages/{number}/pushed?x=1'); document.title = 'Pushed {text}'">push</button>
            <p id="part">part</p>
            """, $"""<link rel="icon" href="/assets/icon{text}.svg">""");
    }

    private static IResult Policy(HttpContext context, string kind)
    {
        context.Response.Headers.ContentSecurityPolicy = kind switch
        {
            "self" => "default-src 'self'",
            "nonce" => "default-src 'self'; script-src 'nonce-lab' 'strict-dynamic'",
            "none" => "default-src 'none'; style-src 'self'; img-src 'self'",
            _ => "default-src 'self'; frame-ancestors 'none'",
        };
        return Html("Policy " + kind, $"""
            <h1 id="here">{WebUtility.HtmlEncode(kind)}</h1>
            <script nonce="lab">window.inlineRan = true</script><script nonce="lab" src="/assets/outer.js"></script><img id="image" src="/assets/image.svg">
            """);
    }
}
