using System.Security.Cryptography;
using System.Text;
using DotNet.Testcontainers.Containers;
using PeerProxy.Signaling.Turn;

namespace PeerProxy.Tests.Containers;

/// <summary>The coturn that people deploy: what it thinks of the nodes' credentials.</summary>
[Collection(ContainerCollection.Name)]
[Trait("Category", "Containers")]
public sealed class CoturnContainerTests(ContainerFixture containers)
{
    [Fact]
    public async Task Credentials_AreAccepted_ExpiredAndForgedOnesAreNot()
    {
        var coturn = await containers.CoturnAsync();
        var issuer = new TurnCredentialIssuer(new TurnOptions { Secret = ContainerFixture.TurnSecret, Uris = [$"turn:{coturn.IpAddress}"] }, TimeProvider.System);
        var good = issuer.Issue("3fdw").IceServers[0];
        var expired = $"{DateTimeOffset.UtcNow.AddSeconds(-30).ToUnixTimeSeconds()}:3fdw";
        var prolonged = $"{DateTimeOffset.UtcNow.AddDays(1).ToUnixTimeSeconds()}:3fdw";

        Assert.True(await RelaysAsync(coturn, good.Username!, good.Credential!), "coturn refused the node's credentials.");
        Assert.False(await RelaysAsync(coturn, expired, Hmac(ContainerFixture.TurnSecret, expired)), "coturn took expired credentials.");
        Assert.False(await RelaysAsync(coturn, prolonged, good.Credential!), "coturn took credentials with another expiry.");
        Assert.False(await RelaysAsync(coturn, prolonged, Hmac("another secret", prolonged)), "coturn took credentials of another secret.");
    }

    private static string Hmac(string secret, string username) =>
        Convert.ToBase64String(HMACSHA1.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(username)));

    /// <summary>Two allocations of coturn's own client exchange a packet through the relay.</summary>
    private static async Task<bool> RelaysAsync(IContainer coturn, string username, string credential)
    {
        var result = await coturn.ExecAsync(
            ["turnutils_uclient", "-u", username, "-w", credential, "-y", "-c", "-n", "1", "-m", "1", "-p", $"{ContainerFixture.TurnPort}", coturn.IpAddress]);
        return result.Stdout.Contains("Total lost packets 0 ", StringComparison.Ordinal);
    }
}
