using System.Diagnostics;

namespace PeerProxy.Tests.TestKit.Apps;

/// <summary>Vite's development server over a small project: modules on demand, and changes of files that reach the open page over a WebSocket.</summary>
public static class ViteProject
{
    private const string Page = """
        <!doctype html><html><head><title>Vite project</title></head>
        <body><h1 id="greeting"></h1><button id="count">0</button><script type="module" src="/main.js"></script></body></html>
        """;

    private const string Main = """
        import './style.css';
        import { greeting } from './greeting.js';
        const show = text => { document.getElementById('greeting').textContent = text; };
        show(greeting);
        const button = document.getElementById('count');
        button.onclick = () => { button.textContent = `${Number(button.textContent) + 1}`; };
        import.meta.hot.accept('./greeting.js', changed => show(changed.greeting));
        """;

    public static async Task<RealApp> StartAsync()
    {
        await AppFolder.InstalledOrSkipAsync();
        return await RealApp.StartAsync((folder, port) =>
        {
            File.WriteAllText(Path.Combine(folder, "index.html"), Page);
            File.WriteAllText(Path.Combine(folder, "main.js"), Main);
            File.WriteAllText(Path.Combine(folder, "package.json"), """{ "private": true, "type": "module" }""");
            WriteGreeting(folder, "first");
            WriteColor(folder, "rgb(255, 0, 0)");
            return new ProcessStartInfo(AppFolder.Command("vite"))
            {
                ArgumentList = { folder, "--host", "127.0.0.1", "--port", $"{port}", "--strictPort", "--clearScreen", "false" },
                WorkingDirectory = folder,
            };
        });
    }

    /// <summary>As an editor saves a module.</summary>
    public static void WriteGreeting(string folder, string text) => File.WriteAllText(Path.Combine(folder, "greeting.js"), $"export const greeting = '{text}';\n");

    /// <summary>As an editor saves a style sheet.</summary>
    public static void WriteColor(string folder, string color) => File.WriteAllText(Path.Combine(folder, "style.css"), $"h1 {{ color: {color}; }}\n");
}
