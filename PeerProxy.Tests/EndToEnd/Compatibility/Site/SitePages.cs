using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using static PeerProxy.Tests.TestKit.Targets.LabPages;

namespace PeerProxy.Tests.EndToEnd.Compatibility.Site;

/// <summary>Documents: the page of each group, and the pages that cases open in frames, windows and history.</summary>
internal static class SitePages
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/run/{group}", (HttpContext context, string group) => Html("Compatibility: " + group, """
            <h1 id="here">Compatibility</h1>
            """, $"""<meta name="target" content="{context.Request.Scheme}://{context.Request.Host}"><script src="/pages/kit.js"></script><script src="/pages/groups/{group}.js"></script>"""));
        app.MapGet("/walk/{number:int}", Walk);
        app.MapGet("/walk/tall", () => Html("Tall", """
            <style>body{margin:0}div{height:4000px}</style><a id="away" href="/walk/2">away</a><div></div><p id="bottom">bottom</p>
            """));
        app.MapGet("/walk/posted", () => Results.BadRequest("POST only"));
        app.MapPost("/walk/posted", async (HttpContext context) =>
        {
            var form = await context.Request.ReadFormAsync();
            return Html("Posted", $"""<h1 id="here">Posted {WebUtility.HtmlEncode(form["word"])}</h1>""");
        });
        app.MapGet("/walk/refresh", (HttpContext context) =>
        {
            context.Response.Headers["Refresh"] = "0; url=/walk/3?by=refresh";
            return Html("Refresh", "refresh");
        });
        app.MapGet("/walk/meta-refresh", () => Html("Refresh", "refresh", """<meta http-equiv="refresh" content="0; url=/walk/3?by=meta">"""));
        app.MapGet("/walk/redirect-absolute", (HttpContext context) => Results.Redirect($"{context.Request.Scheme}://{context.Request.Host}/walk/4?by=absolute"));
        app.MapGet("/walk/buster/{kind}", Buster);
        app.MapGet("/popup", () => Html("Popup", """
            <h1 id="here">Popup</h1>
            <script>
              window.shared = 'of the popup';
              addEventListener('message', (event) => {
                if (event.data === 'ping') { event.source.postMessage('pong of ' + document.title, '*'); }
                if (event.data === 'close') { window.close(); }
              });
              opener?.postMessage('popup is ready', '*');
            </script>
            """));
        app.MapGet("/frame", (HttpContext context) => Html("Frame", """
            <p id="text">frame</p>
            <script>
              addEventListener('message', (event) => event.source.postMessage({ echo: event.data, origin: event.origin.replace(location.origin, '{site}') }, '*'));
            </script>
            """));
        app.MapGet("/frame/headers", (HttpContext context, string name, string value) =>
        {
            context.Response.Headers[name] = value;
            return Html("Policy", """
                <p id="text">policy</p><script>window.inlineRan = true</script><script nonce="lab">window.nonceRan = true</script>
                <script src="/pages/ran.js"></script><style>#text { color: rgb(1, 2, 3) }</style><img id="image" src="/image.svg">
                """);
        });
        app.MapGet("/frame/meta-policy", () => Html("Policy", """
            <p id="text">policy</p><script>window.inlineRan = true</script><script src="/pages/ran.js"></script>
            """, """<meta http-equiv="Content-Security-Policy" content="script-src 'self'">"""));
        app.MapGet("/theme", () => Html("Theme", "theme", """<meta name="theme-color" content="#123456"><link rel="icon" href="/image.svg?icon">"""));
        app.MapGet("/log-in", () => Html("Log in", """
            <form method="post" action="/log-in"><input name="user"><button id="log-in">Log in</button></form>
            """));
        app.MapPost("/log-in", async (HttpContext context) =>
        {
            var form = await context.Request.ReadFormAsync();
            context.Response.Cookies.Append("post-saw", string.Join('.', context.Request.Cookies.Keys.Order(StringComparer.Ordinal)));
            context.Response.Cookies.Append("who", form["user"].ToString(), new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Lax, Path = "/", MaxAge = TimeSpan.FromHours(1) });
            return Results.Redirect("/account");
        });
        app.MapGet("/account", (HttpContext context) => Html("Account", $"""
            <p id="user">{WebUtility.HtmlEncode(context.Request.Cookies["who"] ?? "nobody")}</p>
            <p id="cookies">{WebUtility.HtmlEncode(string.Join(' ', context.Request.Cookies.Keys.Order(StringComparer.Ordinal)))}</p>
            <form method="post" action="/log-out"><button id="log-out">Log out</button></form>
            """));
        app.MapPost("/log-out", (HttpContext context) =>
        {
            context.Response.Cookies.Delete("who");
            return Results.Redirect("/account");
        });
    }

    private static IResult Walk(HttpContext context, int number)
    {
        var text = number.ToString(CultureInfo.InvariantCulture);
        return Html("Walk " + text, $"""
            <h1 id="here">Walk {text}</h1><p id="referer">{WebUtility.HtmlEncode(context.Request.Headers.Referer.ToString())}</p><p id="served">{Guid.NewGuid():N}</p>
            <a id="next" href="/walk/{number + 1}">next</a> <a id="blank" href="/walk/{number + 1}" target="_blank">blank</a>
            <a id="blank-opener" href="/popup" target="_blank" rel="opener">blank with opener</a>
            <a id="top" href="/walk/{number + 1}" target="_top">top</a> <a id="named" href="/popup" target="named">named</a>
            <a id="absolute" href="{context.Request.Scheme}://{context.Request.Host}/walk/{number + 1}?by=absolute">absolute</a>
            <form id="form" method="post" action="/walk/posted"><input name="word" value="well"><button id="post">post</button></form>
            <form id="get" action="/walk/{number + 1}"><input name="q" value="a b&amp;c"><button id="search">search</button></form>
            <a id="download" download="saved.bin" href="/download/saved-{number}">download</a> <a id="attachment" href="/download/attached-{number}?name=report.bin">attachment</a>
            """, """<link rel="icon" href="/image.svg">""");
    }

    private static IResult Buster(string kind) => kind switch
    {
        "location" => Html("Buster", """<h1 id="here">Stays</h1><script>if (top !== self) { top.location = self.location; }</script>"""),
        "href" => Html("Buster", """<h1 id="here">Stays</h1><script>if (top.location !== self.location) { top.location.href = self.location.href; }</script>"""),
        "replace" => Html("Buster", """<h1 id="here">Stays</h1><script>if (parent !== self) { top.location.replace(location.href); } else if (window.top !== window) { window.top.location.replace(location.href); }</script>"""),
        _ => Html("Buster", """<h1 id="here">Stays</h1>""", """
            <style id="antiClickjack">body { display: none !important; }</style>
            <script>
              if (self === top) { document.getElementById('antiClickjack').remove(); } else { top.location = self.location; }
            </script>
            """),
    };
}
