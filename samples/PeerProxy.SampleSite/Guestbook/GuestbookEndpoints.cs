using System.Globalization;
using System.Text.Encodings.Web;
using PeerProxy.SampleSite.Site;

namespace PeerProxy.SampleSite.Guestbook;

/// <summary>A classic form: POST (urlencoded or multipart), then 303 back to the list.</summary>
internal static class GuestbookEndpoints
{
    internal static void MapGuestbook(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/guestbook", (GuestbookEntries entries, string? note) => Page.Show(
            "guestbook", "Guestbook", ("note", new Markup(Note(note))), ("entries", new Markup(List(entries.Latest())))));
        routes.MapPost("/guestbook", async (HttpContext context, GuestbookEntries entries) =>
        {
            var form = await context.Request.ReadFormAsync(context.RequestAborted);
            var refusal = entries.Add(form["name"].ToString(), form["text"].ToString());
            context.Response.StatusCode = StatusCodes.Status303SeeOther;
            context.Response.Headers.Location = refusal is null ? "/guestbook#entries" : "/guestbook?note=" + Uri.EscapeDataString(refusal);
        });
    }

    private static string Note(string? note) =>
        string.IsNullOrEmpty(note) ? "" : $"<p class=\"note\" role=\"alert\">{HtmlEncoder.Default.Encode(note)}</p>";

    private static string List(IEnumerable<GuestbookEntry> entries) => string.Join('\n', entries.Select(entry => string.Create(
        CultureInfo.InvariantCulture,
        $"<li><strong>{HtmlEncoder.Default.Encode(entry.Name)}</strong> <time datetime=\"{entry.At:O}\">{entry.At:d MMM, HH:mm} UTC</time><p>{HtmlEncoder.Default.Encode(entry.Text)}</p></li>")));
}
