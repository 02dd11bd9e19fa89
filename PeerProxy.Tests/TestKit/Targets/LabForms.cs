using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace PeerProxy.Tests.TestKit.Targets;

/// <summary>Forms of every encoding; the answer is a page that shows what arrived.</summary>
internal static class LabForms
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/forms", () => LabPages.Html("Forms", """
            <form id="urlencoded" method="post" action="/forms/result">
              <input name="name" value=""><textarea name="text"></textarea><button id="send-urlencoded">Send</button></form>
            <form id="multipart" method="post" action="/forms/result" enctype="multipart/form-data">
              <input name="name" value="multi"><input type="file" name="file"><button id="send-multipart">Send</button></form>
            <form id="get" method="get" action="/forms/search"><input name="q" value="a b&c"><button id="send-get">Search</button></form>
            <form id="see-other" method="post" action="/forms/see-other"><input name="name" value="prg"><button id="send-see-other">Send</button></form>
            """));
        app.MapPost("/forms/result", (Delegate)ShowAsync);
        app.MapGet("/forms/search", (string q) => LabPages.Html("Search", $"<p id=\"q\">{WebUtility.HtmlEncode(q)}</p>"));
        app.MapPost("/forms/see-other", async (HttpContext context) =>
        {
            var form = await context.Request.ReadFormAsync();
            context.Response.StatusCode = StatusCodes.Status303SeeOther;
            context.Response.Headers.Location = "/forms/done?name=" + Uri.EscapeDataString(form["name"].ToString());
        });
        app.MapGet("/forms/done", (string name) => LabPages.Html("Done", $"<p id=\"name\">{WebUtility.HtmlEncode(name)}</p>"));
    }

    private static async Task<IResult> ShowAsync(HttpContext context)
    {
        var form = await context.Request.ReadFormAsync();
        var rows = form.Select(field => $"<p data-field=\"{WebUtility.HtmlEncode(field.Key)}\">{WebUtility.HtmlEncode(field.Value.ToString())}</p>").ToList();
        foreach (var file in form.Files)
        {
            await using var content = file.OpenReadStream();
            var hash = Convert.ToHexStringLower(await SHA256.HashDataAsync(content));
            rows.Add($"<p data-file=\"{WebUtility.HtmlEncode(file.FileName)}\" data-length=\"{file.Length}\">{hash}</p>");
        }

        var type = context.Request.ContentType?.Split(';')[0];
        return LabPages.Html("Result", $"<p id=\"type\">{type}</p>{string.Concat(rows)}");
    }
}
