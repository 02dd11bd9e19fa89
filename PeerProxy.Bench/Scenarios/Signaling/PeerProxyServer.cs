using System.Text.Json;
using PeerProxy.Protocol.Identity;
using PeerProxy.Protocol.Signaling;
using PeerProxy.Tests.TestKit.Suite;

namespace PeerProxy.Bench.Scenarios.Signaling;

/// <summary>One of our nodes, as it is deployed; limits per address are out of the way, because all clients have the same few.</summary>
internal sealed class PeerProxyServer : SignalingServer
{
    private const int OfferBytes = 1_500;
    private const int AnswerBytes = 1_000;

    private static readonly AgentKey _key = AgentKey.Create();
    private static readonly string _offerSdp = new('o', OfferBytes);
    private static readonly string _answerSdp = new('a', AnswerBytes);
    private static readonly byte[] _pong = SignalingCodec.Write(new SignalingEnvelope(new PongPayload(default)));

    private PeerProxyServer(int port, IEnumerable<string> arguments)
        : base(port, Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", arguments)
    {
    }

    /// <param name="redis">Connection string; null for a node on its own.</param>
    public static PeerProxyServer Start(string? redis)
    {
        var port = RedisProcess.FreePort();
        List<string> arguments =
        [
            Path.Combine(AppContext.BaseDirectory, "PeerProxy.Signaling.dll"), "--urls", $"http://127.0.0.1:{port}",
            "--Signaling:Limits:SocketsPerAddress", "1000000", "--Signaling:Limits:ConnectsPerAddress:Burst", "1000000",
            "--Signaling:Limits:RegistrationsPerAddress:Burst", "1000000", "--Signaling:Limits:VisitorOffers:PerSecond", "1000",
            "--Signaling:Limits:VisitorOffers:Burst", "1000",
            // Visitors wait for their round.
            "--Signaling:Limits:FirstMessage", "01:00:00",
        ];
        if (redis is not null)
        {
            arguments.AddRange(["--ConnectionStrings:redis", redis]);
        }

        return new PeerProxyServer(port, arguments);
    }

    public override Uri UrlOf(LoadSocket client) => new($"ws://127.0.0.1:{Port}/.peerproxy/signal" + (client.Peer is null ? "" : $"?peer={client.Peer}"));

    public override byte[]? Handle(LoadSocket client, JsonElement message)
    {
        switch (message.GetProperty("mtype").GetString())
        {
            case "challenge" when client.Peer is null:
                var nonce = message.GetProperty("payload").GetProperty("nonce").GetString()!;
                var signature = _key.Sign(SignedStatements.Registration(nonce, client.Id, epoch: 1));
                return SignalingCodec.Write(new SignalingEnvelope(new IdRequestPayload(1, client.Id, _key.PublicKey, signature, 1)));
            case "challenge" or "idAssigned":
                client.MarkReady();
                return null;
            case "offer":
                return SignalingCodec.Write(new SignalingEnvelope(new AnswerPayload(_answerSdp, "key", "signature"), message.GetProperty("sender").GetString()));
            case "answer":
                client.MarkAnswered();
                return null;
            case "ping":
                return _pong;
            case "error":
                client.MarkFailed(message.ToString());
                return null;
            default:
                return null;
        }
    }

    public override byte[] Offer(LoadSocket visitor) =>
        SignalingCodec.Write(new SignalingEnvelope(new OfferPayload(_offerSdp, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), visitor.Peer));
}
