using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using PeerProxy.Protocol.Identity;
using PeerProxy.Protocol.Signaling;

namespace PeerProxy.Tests.Functional.Signaling;

/// <summary>TURN credentials as coturn's <c>use-auth-secret</c> expects them.</summary>
[Trait("Category", "Functional")]
public sealed class TurnCredentialTests
{
    [Fact]
    public async Task BothSides_GetCredentials_AndNewOnesBeforeTheyExpire()
    {
        await using var node = await TestNode.StartAsync(
            ("Turn:Secret", "sesame"), ("Turn:Uris:0", "turn:turn.example:3478?transport=udp"), ("Turn:Uris:1", "turns:turn.example:5349"),
            ("Turn:StunUris:0", "stun:turn.example:3478"), ("Turn:Lifetime", "00:01:00"), ("Turn:RenewBefore", "00:00:58"));
        using var key = AgentKey.Create();
        var (agent, _) = await TestSocket.RegisterAsync(node.Url, key, "some");
        await using var _1 = agent;
        await using var visitor = await TestSocket.OpenAsync(node.Url, "some");

        foreach (var socket in new[] { agent, visitor })
        {
            var first = await NextAsync(socket);
            var server = first.IceServers[1];
            Assert.Equal(["stun:turn.example:3478"], first.IceServers[0].Urls);
            Assert.Equal(2, server.Urls.Count);
            var expiry = long.Parse(server.Username!.Split(':')[0], CultureInfo.InvariantCulture);
            Assert.Equal(expiry * 1000, first.ExpiresAt);
            Assert.InRange(expiry - DateTimeOffset.UtcNow.ToUnixTimeSeconds(), 0, 61);
            Assert.Equal(Convert.ToBase64String(HMACSHA1.HashData("sesame"u8, Encoding.UTF8.GetBytes(server.Username))), server.Credential);

            await socket.PingAsync();
            Assert.True((await NextAsync(socket)).ExpiresAt > first.ExpiresAt);
        }
    }

    [Fact]
    public async Task Uris_WithoutSecret_AreRefusedAtStart()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => TestNode.StartAsync(("Turn:Uris:0", "turn:turn.example")));
    }

    private static async Task<IceServersPayload> NextAsync(TestSocket socket)
    {
        while (await socket.ReadAsync() is { } envelope)
        {
            if (envelope.Payload is IceServersPayload servers)
            {
                return servers;
            }
        }
        throw new InvalidOperationException("The socket closed.");
    }
}
