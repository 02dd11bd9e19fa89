using System.Diagnostics;

namespace PeerProxy.Tests.TestKit.Apps;

/// <summary>The app of the SDK's own Blazor template with interactive server components: every click is a message on SignalR's WebSocket.</summary>
public static class BlazorApp
{
    public static async Task<RealApp> StartAsync()
    {
        await AppFolder.InstalledOrSkipAsync();
        return await RealApp.StartAsync((folder, port) =>
        {
            var app = Path.Combine(AppFolder.Path, "blazor", "app");
            return new ProcessStartInfo("dotnet")
            {
                ArgumentList = { Path.Combine(app, "LabBlazor.dll") },
                Environment = { ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{port}", ["ASPNETCORE_ENVIRONMENT"] = "Production", ["HOME"] = folder },
                WorkingDirectory = app,
            };
        });
    }
}
