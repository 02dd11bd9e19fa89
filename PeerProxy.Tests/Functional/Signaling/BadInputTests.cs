using System.Net;
using System.Net.WebSockets;
using System.Text;
using PeerProxy.Protocol.Identity;
using PeerProxy.Protocol.Signaling;
using PeerProxy.Signaling.Connections;

namespace PeerProxy.Tests.Functional.Signaling;

/// <summary>Whatever a socket sends, it gets an error or its end, and nobody else notices.</summary>
[Trait("Category", "Functional")]
public sealed class BadInputTests : IAsyncLifetime
{
    private readonly AgentKey _key = AgentKey.Create();
    private TestNode _node = null!;
    private TestSocket _agent = null!;
    private TestSocket _visitor = null!;

    public async ValueTask InitializeAsync()
    {
        _node = await TestNode.StartAsync();
        (_agent, _) = await TestSocket.RegisterAsync(_node.Url, _key, "innocent");
        _visitor = await TestSocket.OpenAsync(_node.Url, "innocent");
    }

    [Fact]
    public async Task UnknownId_IsAnError()
    {
        await using var visitor = await TestSocket.OpenAsync(_node.Url, "nobody");
        await visitor.SendAsync(TestSocket.SampleOffer());

        var error = await visitor.ExpectAsync<ErrorPayload>();

        Assert.Equal("unknown-peer", error.Code);
        Assert.Equal("offer", error.About);
        await StillWorksAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Oversized_OneFrameOrMany_IsToldAndClosed(bool isFragmented)
    {
        await using var visitor = await TestSocket.OpenAsync(_node.Url, "innocent");
        var chunk = Encoding.UTF8.GetBytes("\"" + new string('a', SignalingLimits.MaxMessageBytes) + "\"");
        if (isFragmented)
        {
            for (var i = 0; i < 10; i++)
            {
                await visitor.Socket.SendAsync(chunk, WebSocketMessageType.Text, endOfMessage: i == 9, CancellationToken.None);
            }
        }
        else
        {
            await visitor.SendRawAsync(chunk);
        }

        Assert.Equal(SignalingErrorCode.TooLarge, await visitor.ExpectErrorAsync());
        Assert.Equal(WebSocketCloseStatus.MessageTooBig, await visitor.ReadToEndAsync());
        await StillWorksAsync();
    }

    [Fact]
    public async Task Malformed_AgainAndAgain_IsToldThenClosed()
    {
        await using var visitor = await TestSocket.OpenAsync(_node.Url, "innocent");
        string[] bad = ["", "{", "[]", "{\"mtype\":\"offer\"}", "{\"mtype\":\"offer\",\"payload\":{\"sdp\":1}}", "nonsense"];
        foreach (var text in bad)
        {
            await visitor.SendRawAsync(text);
            Assert.Equal(SignalingErrorCode.BadMessage, await visitor.ExpectErrorAsync());
        }
        await visitor.SendRawAsync("{\"mtype\":\"dance\"}");
        Assert.Equal(SignalingErrorCode.UnknownType, await visitor.ExpectErrorAsync());
        await visitor.SendRawAsync([1, 2, 3], WebSocketMessageType.Binary);
        Assert.Equal(SignalingErrorCode.BadMessage, await visitor.ExpectErrorAsync());

        Assert.Equal(WebSocketCloseStatus.PolicyViolation, await visitor.ReadToEndAsync());
        await StillWorksAsync();
    }

    [Fact]
    public async Task MessagesOfTheOtherSide_AreRefused()
    {
        await using var visitor = await TestSocket.OpenAsync(_node.Url, "innocent");
        await visitor.RequestIdAsync(_key, "innocent", epoch: 99);
        Assert.Equal(SignalingErrorCode.UnknownType, await visitor.ExpectErrorAsync());
        await visitor.SendAsync(new AnswerPayload("sdp", "k", "s"));
        Assert.Equal(SignalingErrorCode.UnknownType, await visitor.ExpectErrorAsync());
        await visitor.SendAsync(TestSocket.SampleOffer(), "somebody-else");
        Assert.Equal(SignalingErrorCode.BadMessage, await visitor.ExpectErrorAsync());
        await visitor.SendAsync(new DrainPayload(1));
        Assert.Equal(SignalingErrorCode.UnknownType, await visitor.ExpectErrorAsync());

        await using var agent = await TestSocket.OpenAsync(_node.Url);
        await agent.SendAsync(TestSocket.SampleOffer(), "innocent");
        Assert.Equal(SignalingErrorCode.UnknownType, await agent.ExpectErrorAsync());
        await agent.SendAsync(new AnswerPayload("sdp", "k", "s"), "v-23456789AAAAAAAAAAAAAAAAAAAAAA");
        Assert.Equal(SignalingErrorCode.NotRegistered, await agent.ExpectErrorAsync());
        await StillWorksAsync();
    }

    [Fact]
    public async Task Answer_ToNobody_IsAnErrorAndTheAgentStays()
    {
        await _agent.SendAsync(new AnswerPayload("sdp", "k", "s"), "v-23456789AAAAAAAAAAAAAAAAAAAAAA");
        Assert.Equal(SignalingErrorCode.PeerOffline, await _agent.ExpectErrorAsync());
        await _agent.SendAsync(new AnswerPayload("sdp", "k", "s"), "innocent");
        Assert.Equal(SignalingErrorCode.UnknownPeer, await _agent.ExpectErrorAsync());
        await _agent.SendAsync(new AnswerPayload("sdp", "k", "s"));
        Assert.Equal(SignalingErrorCode.UnknownPeer, await _agent.ExpectErrorAsync());
        await StillWorksAsync();
    }

    [Fact]
    public async Task Sender_FromTheClient_IsIgnored()
    {
        await _visitor.SendRawAsync(SignalingCodec.Write(new SignalingEnvelope(TestSocket.SampleOffer(), "innocent", "v-forged")));

        Assert.NotEqual("v-forged", (await _agent.ExpectEnvelopeAsync<OfferPayload>()).Sender);
    }

    [Fact]
    public async Task NotAWebSocket_OrNoId_IsAnHttpError()
    {
        using var http = new HttpClient { BaseAddress = _node.Url };
        Assert.Equal(HttpStatusCode.UpgradeRequired, (await http.GetAsync("/.peerproxy/signal")).StatusCode);

        using var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(TestSocket.UrlOf(_node.Url, "../etc"), CancellationToken.None));
        Assert.Equal(HttpStatusCode.NotFound, socket.HttpStatusCode);
    }

    [Fact]
    public async Task CutConnections_LeaveNothingBehind()
    {
        var table = _node.Service<ConnectionTable>();
        var before = table.Count;
        for (var i = 0; i < 50; i++)
        {
            var socket = await TestSocket.OpenAsync(_node.Url, i % 2 == 0 ? "innocent" : null);
            await socket.SendRawAsync("{\"mtype\":\"ping\"}");
            socket.Socket.Abort();
        }

        await RedisNodesTests.WaitForAsync(() => Task.FromResult(table.Count == before));
        await StillWorksAsync();
    }

    [Fact]
    public async Task RandomMessages_FromManySockets_DoNotDisturbOthers()
    {
        var random = new Random(7);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(async i =>
        {
            await using var socket = await TestSocket.OpenAsync(_node.Url, i % 2 == 0 ? "innocent" : null);
            try
            {
                for (var n = 0; n < 20; n++)
                {
                    var bytes = new byte[random.Next(2000)];
                    random.NextBytes(bytes);
                    await socket.SendRawAsync(bytes, n % 2 == 0 ? WebSocketMessageType.Binary : WebSocketMessageType.Text);
                }
            }
            catch (WebSocketException)
            {
                // Cut off already.
            }
            await socket.ReadToEndAsync();
        }));

        await StillWorksAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _visitor.DisposeAsync();
        await _agent.DisposeAsync();
        await _node.DisposeAsync();
        _key.Dispose();
    }

    private async Task StillWorksAsync()
    {
        await _visitor.SendAsync(TestSocket.SampleOffer());
        var offer = await _agent.ExpectEnvelopeAsync<OfferPayload>();
        await _agent.SendAsync(new AnswerPayload("sdp", "k", "s"), offer.Sender);
        await _visitor.ExpectAsync<AnswerPayload>();
    }
}
