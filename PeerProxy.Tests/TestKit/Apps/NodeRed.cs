using System.Diagnostics;

namespace PeerProxy.Tests.TestKit.Apps;

/// <summary>Node-RED from npm: a single-page editor with a login, whose debug messages arrive live over a WebSocket.</summary>
public static class NodeRed
{
    public const string User = "ada";
    public const string Password = "secret";

    /// <summary>A button that sends <c>hello from the flow</c> to the debug sidebar.</summary>
    private const string Flow = """
        [
          { "id": "tab1", "type": "tab", "label": "Lab" },
          { "id": "inject1", "type": "inject", "z": "tab1", "name": "say", "props": [{ "p": "payload" }], "repeat": "", "once": false,
            "payload": "hello from the flow", "payloadType": "str", "x": 160, "y": 120, "wires": [["debug1"]] },
          { "id": "debug1", "type": "debug", "z": "tab1", "name": "show", "active": true, "tosidebar": true, "console": false, "tostatus": false,
            "complete": "payload", "targetType": "msg", "x": 360, "y": 120, "wires": [] }
        ]
        """;

    private const string Settings = """
        module.exports = {
          flowFile: 'flows.json', credentialSecret: 'lab', uiHost: '127.0.0.1',
          adminAuth: { type: 'credentials', users: [{ username: 'ada', password: '$2y$10$Id1d2aSr3cTWgE2HT5HyaeNpq5VG2VZriIVedZZpESvnOYhEaqQJy', permissions: '*' }] },
          editorTheme: { tours: false, projects: { enabled: false }, codeEditor: { lib: 'ace' } },
          telemetry: { enabled: false, updateNotification: false },
          logging: { console: { level: 'warn' } },
        };
        """;

    public static async Task<RealApp> StartAsync()
    {
        await AppFolder.InstalledOrSkipAsync();
        return await RealApp.StartAsync((folder, port) =>
        {
            File.WriteAllText(Path.Combine(folder, "flows.json"), Flow);
            File.WriteAllText(Path.Combine(folder, "settings.js"), Settings);
            return new ProcessStartInfo(AppFolder.Command("node-red")) { ArgumentList = { "--userDir", folder, "--port", $"{port}" } };
        });
    }
}
