using System.Text;
using PeerProxy.WebClient.Hosting;

namespace PeerProxy.Tests.Functional.Edge;

/// <summary>Modules put together into one script. That the scripts run is shown by every test of the client.</summary>
[Trait("Category", "Functional")]
public sealed class ModuleBundleTests
{
    [Theory]
    [InlineData("shell/main.js", "shell/trust.js")]
    [InlineData("worker/main.js", "worker/tunnel.js")]
    [InlineData("worker/host.js", "protocol/frames.js")]
    [InlineData("service-worker/main.js", "service-worker/http-cache/http-cache.js")]
    public void Entry_OfTheClient_HoldsAllItImports(string entry, string part)
    {
        var root = Path.Combine(AppContext.BaseDirectory, "client");
        var parts = new List<string>();

        var bundle = ModuleBundle.Of(entry, path => new ClientFile(path, File.ReadAllBytes(Path.Combine(root, path))), parts);

        Assert.NotNull(bundle);
        Assert.Equal(entry, parts[^1]);
        Assert.Contains(part, parts);
        Assert.DoesNotMatch("(?m)^(import|export)\\b", Encoding.UTF8.GetString(bundle.Content));
    }

    /// <summary>What is first in every page and worker comes in one request each, whatever it is made of.</summary>
    [Theory]
    [InlineData("runtime/runtime.js", "runtime/environment.js", "runtime/start-page.js")]
    [InlineData("runtime/worker.js", "runtime/environment.js", "runtime/start-worker.js")]
    public void Runtime_IsOneScriptOfAllItsParts(string path, string first, string last)
    {
        var files = new ClientFiles(Path.Combine(AppContext.BaseDirectory, "client"));
        string TextOf(string file) => Encoding.UTF8.GetString(files.Find(file)!.Content);

        var script = TextOf(path);

        Assert.Contains(TextOf(first), script, StringComparison.Ordinal);
        Assert.EndsWith(TextOf(last) + "\n})(globalThis);\n", script, StringComparison.Ordinal);
        Assert.DoesNotMatch("(?m)^(import|export)\\b", script);
    }

    [Fact]
    public void Client_WhoseScriptsAreBundled_KeepsNoPartsForLaterVisits()
    {
        var root = Path.Combine(AppContext.BaseDirectory, "client");

        var kept = Encoding.UTF8.GetString(new ClientFiles(root).Find("manifest.json")!.Content);
        var apart = Encoding.UTF8.GetString(new ClientFiles(root, bundle: false).Find("manifest.json")!.Content);

        Assert.Contains("\"shell/index.html\"", kept, StringComparison.Ordinal);
        Assert.DoesNotContain("shell/main.js", kept, StringComparison.Ordinal);
        Assert.Contains("\"worker/host.js\"", kept, StringComparison.Ordinal);
        Assert.DoesNotContain("trust.js", kept, StringComparison.Ordinal);
        Assert.Contains("trust.js", apart, StringComparison.Ordinal);
        Assert.Contains("shell/main.js", apart, StringComparison.Ordinal);
    }

    [Fact]
    public void Modules_BecomeFunctionsInTheOrderOfTheirImports()
    {
        var bundle = Bundle(
            ("a/main.js", "import { one as first, Two } from \"../b/two.js\";\nimport { shared } from \"./shared.js\";\nrun(first, Two, shared);\n//# sourceMappingURL=main.js.map\n"),
            ("b/two.js", "import { shared } from \"../a/shared.js\";\nexport const one = shared;\nexport class Two {\n}\n"),
            ("a/shared.js", "const local = 1;\nexport async function shared() {\n    return local;\n}\n"));

        Assert.Equal(
            """
            // a/shared.js
            const $module0 = (() => {
            const local = 1;
            async function shared() {
                return local;
            }

            return { shared };
            })();
            // b/two.js
            const $module1 = (() => {
            const { shared } = $module0;
            const one = shared;
            class Two {
            }

            return { one, Two };
            })();
            // a/main.js
            const $module2 = (() => {
            const { one: first, Two } = $module1;
            const { shared } = $module0;
            run(first, Two, shared);

            return {  };
            })();

            """,
            bundle);
    }

    [Theory]
    [InlineData("import { b } from \"./b.js\";", "import { a } from \"./main.js\";\nexport const b = a;")]
    [InlineData("import { b } from \"./missing.js\";", "")]
    [InlineData("import { b } from \"/outside.js\";", "")]
    [InlineData("import b from \"./b.js\";", "export default 1;")]
    [InlineData("import \"./b.js\";", "")]
    [InlineData("import { b } from \"./b.js\";", "export * from \"./c.js\";")]
    [InlineData("import { b } from \"./b.js\";", "export let b = 1;")]
    [InlineData("import { b } from \"./b.js\";", "export const b = import.meta.url;")]
    [InlineData("import { b, c } from \"./b.js\";", "export const b = 1, c = 2;")]
    [InlineData("import { d } from \"../b/d.js\";", "")]
    public void Modules_OfAnotherKind_StayApart(string main, string imported) =>
        Assert.Null(Bundle(("a/main.js", main), ("a/b.js", imported), ("b/d.js", "export const d = () => import(\"./b.js\");")));

    private static string? Bundle(params (string Path, string Text)[] modules) =>
        ModuleBundle.Of(
            modules[0].Path,
            path => modules.Where(module => module.Path == path).Select(module => new ClientFile(path, Encoding.UTF8.GetBytes(module.Text))).SingleOrDefault(),
            new List<string>()) is { } file ? Encoding.UTF8.GetString(file.Content) : null;
}
