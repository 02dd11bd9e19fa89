using System.Text;
using System.Text.Encodings.Web;

namespace PeerProxy.SampleSite.Site;

/// <summary>Puts a page's template into the layout. Values are encoded unless they are marked as markup of our own.</summary>
internal static class Page
{
    internal static IResult Show(string name, string title, params (string Mark, object Value)[] values)
    {
        var body = new StringBuilder(Assets.Text($"pages/{name}.html"));
        foreach (var (mark, value) in values)
        {
            body.Replace("{{" + mark + "}}", value is Markup markup ? markup.Html : HtmlEncoder.Default.Encode(Convert.ToString(value) ?? ""));
        }

        var page = new StringBuilder(Assets.Text("layout.html"))
            .Replace("{{title}}", HtmlEncoder.Default.Encode(title))
            .Replace($"data-page=\"{name}\"", "aria-current=\"page\"")
            .Replace("{{body}}", body.ToString());
        return Results.Content(page.ToString(), "text/html; charset=utf-8");
    }
}

/// <summary>Text that is HTML already.</summary>
internal sealed record Markup(string Html);
