using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using PeerProxy.Protocol.Identity;
using PeerProxy.Protocol.Signaling;

namespace PeerProxy.Tests.Functional.Signaling;

/// <summary>What a node tells its operators.</summary>
[Trait("Category", "Functional")]
public sealed class LogTests
{
    [Fact]
    public async Task LogsTracesAndErrors_OfAWholeSession_HoldNoSecret()
    {
        var seen = new ConcurrentQueue<string>();
        using var spans = new ActivityListener
        {
            ShouldListenTo = source => source.Name.StartsWith("PeerProxy", StringComparison.Ordinal),
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span => seen.Enqueue($"{span.DisplayName} {string.Join(' ', span.TagObjects)}"),
        };
        ActivitySource.AddActivityListener(spans);
        using var key = AgentKey.Create();
        using var otherKey = AgentKey.Create();
        var secrets = new List<string> { "sesame-secret", "sdp-of-the-offer", "sdp-of-the-answer", key.PublicKey };
        await using (var node = await TestNode.StartAsync(
            builder =>
            {
                builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Trace).AddProvider(new Recorder(seen));
            },
            ("Turn:Secret", "sesame-secret"), ("Turn:Uris:0", "turn:turn.example"), ("Signaling:VisitorDrainTimeout", "00:00:00")))
        {
            var (agent, _) = await TestSocket.RegisterAsync(node.Url, key, "quiet");
            await using var _1 = agent;
            secrets.Add(agent.Challenge.Nonce);
            secrets.Add((await agent.ExpectAsync<IceServersPayload>()).IceServers[0].Credential!);
            await using var visitor = await TestSocket.OpenAsync(node.Url, "quiet");
            await visitor.SendAsync(TestSocket.SampleOffer("sdp-of-the-offer"));
            var offer = await agent.ExpectEnvelopeAsync<OfferPayload>();
            await agent.SendAsync(new AnswerPayload("sdp-of-the-answer", key.PublicKey, "signature"), offer.Sender);
            await visitor.ExpectAsync<AnswerPayload>();
            await visitor.SendRawAsync("{\"mtype\":\"offer\",\"payload\":{\"sdp\":\"sdp-of-the-offer\"}}");
            await visitor.ExpectErrorAsync();
            await using var thief = await TestSocket.OpenAsync(node.Url);
            secrets.Add(thief.Challenge.Nonce);
            await thief.RequestIdAsync(otherKey, "quiet");
            await thief.ExpectErrorAsync();
        }

        Assert.Contains(seen, line => line.Contains("quiet", StringComparison.Ordinal));
        Assert.Contains(seen, line => line.Contains("signal offer", StringComparison.Ordinal));
        foreach (var secret in secrets)
        {
            Assert.DoesNotContain(seen, line => line.Contains(secret, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Meter_CountsRegistrationsRoutesAndRefusals()
    {
        var counted = new ConcurrentDictionary<string, long>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == "PeerProxy.Signaling")
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            var result = tags.ToArray().FirstOrDefault(tag => tag.Key is "result" or "limit").Value;
            counted.AddOrUpdate($"{instrument.Name} {result}", value, (_, sum) => sum + value);
        });
        listener.Start();
        await using var node = await TestNode.StartAsync();
        using var key = AgentKey.Create();
        var (agent, _) = await TestSocket.RegisterAsync(node.Url, key, "counted");
        await using var _1 = agent;
        await using var visitor = await TestSocket.OpenAsync(node.Url, "counted");
        await visitor.SendAsync(TestSocket.SampleOffer());
        await agent.ExpectAsync<OfferPayload>();
        await visitor.SendRawAsync("?");
        await visitor.ExpectErrorAsync();

        // Other tests' nodes share the names, so these are lower bounds.
        Assert.True(counted.GetValueOrDefault("peerproxy.signaling.registrations ok") >= 1);
        Assert.True(counted.GetValueOrDefault("peerproxy.signaling.routed ok") >= 1);
        Assert.True(counted.GetValueOrDefault("peerproxy.signaling.refused bad-message") >= 1);
    }

    private sealed class Recorder(ConcurrentQueue<string> seen) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            seen.Enqueue($"{formatter(state, exception)} {exception}");

        public void Dispose()
        {
        }
    }
}
