using Microsoft.AspNetCore.HttpOverrides;

namespace PeerProxy.Signaling.Hosting;

/// <summary>Takes the client's address from forwarded headers, when they come from the edge.</summary>
internal static class TrustedProxies
{
    public static void UseTrustedProxies(this WebApplication app)
    {
        var trusted = app.Services.GetRequiredService<SignalingOptions>().TrustedProxies;
        if (string.IsNullOrWhiteSpace(trusted))
        {
            return;
        }
        var headers = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto };
        headers.KnownProxies.Clear();
        headers.KnownIPNetworks.Clear();
        foreach (var entry in trusted.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (System.Net.IPNetwork.TryParse(entry, out var network))
            {
                headers.KnownIPNetworks.Add(network);
            }
            else if (System.Net.IPAddress.TryParse(entry, out var address))
            {
                headers.KnownProxies.Add(address);
            }
            else
            {
                throw new InvalidOperationException($"Signaling:TrustedProxies has '{entry}', which is neither an address nor a network.");
            }
        }
        app.UseForwardedHeaders(headers);
    }
}
