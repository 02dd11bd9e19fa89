using System.Net.WebSockets;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using PeerProxy.Protocol.Identity;
using PeerProxy.Protocol.Signaling;

namespace PeerProxy.Tests.EndToEnd.Trust;

/// <summary>A signaling node in an attacker's hands: relays everything between a visitor and an honest node, and changes the answers on the way.</summary>
internal sealed partial class MaliciousNode : IAsyncDisposable
{
    // The certificate that the attacker would like the visitor to talk to.
    private static readonly string _attackersFingerprint = string.Join(':', Enumerable.Repeat("AB", 32));

    private readonly AgentKey _attackersKey = AgentKey.Create();
    private readonly WebApplication _app;
    private readonly Uri _honest;
    private AnswerPayload? _recorded;

    private MaliciousNode(Uri honest)
    {
        _honest = honest;
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.UseWebSockets();
        _app.MapGet("/health", () => "Healthy");
        _app.Map("/.peerproxy/signal", RelayAsync);
    }

    /// <summary>What it does to the next answers.</summary>
    public Attack Attack { get; set; }

    /// <summary>Like <c>http://127.0.0.1:40123</c>.</summary>
    public string Url => _app.Urls.First();

    /// <summary>Answers that were changed.</summary>
    public int Attacks { get; private set; }

    /// <param name="honest">Where the agent is registered.</param>
    public static async Task<MaliciousNode> StartAsync(Uri honest)
    {
        var node = new MaliciousNode(honest);
        await node._app.StartAsync();
        return node;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _attackersKey.Dispose();
    }

    private async Task RelayAsync(HttpContext context)
    {
        using var visitor = await context.WebSockets.AcceptWebSocketAsync();
        using var honest = new ClientWebSocket();
        await honest.ConnectAsync(new UriBuilder(_honest) { Scheme = "ws", Path = context.Request.Path, Query = context.Request.QueryString.Value }.Uri, context.RequestAborted);
        OfferPayload? offer = null;
        var up = PumpAsync(visitor, honest, envelope =>
        {
            offer = envelope.Payload as OfferPayload ?? offer;
            return envelope;
        });
        var down = PumpAsync(honest, visitor, envelope => envelope.Payload is AnswerPayload answer ? envelope with { Payload = Change(answer, offer!, envelope.Sender!) } : envelope);
        await Task.WhenAny(up, down);
        visitor.Abort();
        honest.Abort();
        await Task.WhenAll(up, down);
    }

    private AnswerPayload Change(AnswerPayload answer, OfferPayload offer, string peer)
    {
        _recorded ??= answer;
        if (Attack == Attack.None)
        {
            return answer;
        }

        Attacks++;
        switch (Attack)
        {
            case Attack.SwapFingerprint:
                return answer with { Sdp = WithAttackersFingerprint(answer.Sdp) };
            case Attack.ReplayAnswer:
                return _recorded;
            default:
                var statement = SignedStatements.Answer(peer, offer.Nonce, Fingerprint().Match(offer.Sdp).Value, _attackersFingerprint);
                return new AnswerPayload(WithAttackersFingerprint(answer.Sdp), _attackersKey.PublicKey, _attackersKey.Sign(statement));
        }
    }

    private static string WithAttackersFingerprint(string sdp) => Fingerprint().Replace(sdp, _attackersFingerprint);

    private static async Task PumpAsync(WebSocket from, WebSocket to, Func<SignalingEnvelope, SignalingEnvelope> change)
    {
        var buffer = new byte[SignalingLimits.MaxMessageBytes];
        var length = 0;
        try
        {
            while (true)
            {
                var part = await from.ReceiveAsync(buffer.AsMemory(length), CancellationToken.None);
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    return;
                }

                length += part.Count;
                if (part.EndOfMessage)
                {
                    var message = SignalingCodec.TryRead(buffer.AsSpan(0, length), out var envelope, out _) ? SignalingCodec.Write(change(envelope!)) : buffer[..length];
                    await to.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
                    length = 0;
                }
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            // One side left; the other is closed then.
        }
    }

    [GeneratedRegex("(?<=a=fingerprint:sha-256 )[0-9A-Fa-f:]+")]
    private static partial Regex Fingerprint();
}

/// <summary>Ways to get between a visitor and its agent.</summary>
internal enum Attack
{
    /// <summary>The answer passes as it is.</summary>
    None,

    /// <summary>The agent's answer with the attacker's certificate.</summary>
    SwapFingerprint,

    /// <summary>An answer that the agent gave to an earlier visitor.</summary>
    ReplayAnswer,

    /// <summary>The attacker's own answer, properly signed with the attacker's key.</summary>
    AnswerItself,
}
