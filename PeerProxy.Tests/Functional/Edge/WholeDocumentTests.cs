using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using PeerProxy.WebClient.Hosting;

namespace PeerProxy.Tests.Functional.Edge;

/// <summary>The shell's document with its script and styles in it. That browsers take it is shown by every test of the client.</summary>
[Trait("Category", "Functional")]
public sealed partial class WholeDocumentTests
{
    [Fact]
    public void Shell_IsOneFile_AndItsPolicyAdmitsEachPart()
    {
        var files = new ClientFiles(Path.Combine(AppContext.BaseDirectory, "client"));
        var shell = TextOf(files.Find(ClientFiles.ShellPath)!);

        Assert.DoesNotContain("rel=\"stylesheet\"", shell, StringComparison.Ordinal);
        Assert.DoesNotContain("type=\"module\" src", shell, StringComparison.Ordinal);
        Assert.Null(files.ShellLinks);
        var scripts = Scripts().Matches(shell);
        Assert.Equal(2, scripts.Count);
        Assert.All(scripts, script => Assert.Contains(HashOf(script), files.ShellInlineScripts, StringComparison.Ordinal));
        var styles = Styles().Matches(shell);
        Assert.Equal(2, styles.Count);
        Assert.All(styles, style => Assert.Contains(HashOf(style), files.ShellInlineStyles, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("document.title = '</script>';")]
    [InlineData("document.title = '</ScRiPt';")]
    [InlineData("document.title = '<!-- <script>';")]
    [InlineData("import \"./other.js\";")]
    [InlineData("export * from '../other.js';")]
    [InlineData("void import(\"./other.js\");")]
    [InlineData("console.log(import.meta.url);")]
    public void Script_ThatWouldMeanSomethingElseInTheDocument_StaysAFile(string script)
    {
        const string Tag = """<script type="module" src="/.peerproxy/shell/main.js"></script>""";
        var parts = new List<string>();

        Assert.Contains(Tag, Whole(Tag, "shell/main.js", script, parts), StringComparison.Ordinal);
        Assert.Empty(parts);
    }

    [Theory]
    [InlineData("a { color: red } /* </style> */")]
    [InlineData("a { background: URL(icon.svg) }")]
    public void Style_ThatWouldMeanSomethingElseInTheDocument_StaysAFile(string style)
    {
        const string Tag = """<link rel="stylesheet" href="/.peerproxy/shell/page.css">""";
        Assert.Contains(Tag, Whole(Tag, "shell/page.css", style, []), StringComparison.Ordinal);
    }

    [Fact]
    public void Parts_GoIntoTheDocument_AndScriptsAreNamed()
    {
        const string Document = """<link rel="stylesheet" href="/.peerproxy/shell/page.css"><script type="module" src="/.peerproxy/shell/main.js"></script>""";
        var parts = new List<string>();
        var whole = WholeDocument.Of(
            new ClientFile("shell/index.html", Encoding.UTF8.GetBytes(Document)),
            path => new ClientFile(path, Encoding.UTF8.GetBytes(path.EndsWith(".css", StringComparison.Ordinal) ? "a{}" : "let $1 = '$&';\r\n")),
            parts);

        Assert.Equal("<style>a{}</style><script type=\"module\">\nlet $1 = '$&';\n</script>", TextOf(whole));
        Assert.Equal(["shell/main.js"], parts);
    }

    private static string Whole(string document, string path, string content, List<string> parts) =>
        TextOf(WholeDocument.Of(
            new ClientFile("shell/index.html", Encoding.UTF8.GetBytes(document)),
            asked => asked == path ? new ClientFile(path, Encoding.UTF8.GetBytes(content)) : null,
            parts));

    private static string TextOf(ClientFile file) => Encoding.UTF8.GetString(file.Content);

    private static string HashOf(Match part) => $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(part.Groups["text"].Value)))}'";

    [GeneratedRegex("""<script(?: type="module")?>(?<text>.*?)</script>""", RegexOptions.Singleline)]
    private static partial Regex Scripts();

    [GeneratedRegex("<style>(?<text>.*?)</style>", RegexOptions.Singleline)]
    private static partial Regex Styles();
}
