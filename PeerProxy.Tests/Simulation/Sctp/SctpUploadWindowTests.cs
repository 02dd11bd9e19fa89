using PeerProxy.WebRtc;
using PeerProxy.WebRtc.Sctp.Receive;

namespace PeerProxy.Tests.Simulation.Sctp;

/// <summary>The window that we advertise, against a browser's sender: slow start without pacing, one more packet per acknowledgement, limited by that window only.</summary>
[Trait("Category", "Simulation")]
public sealed class SctpUploadWindowTests
{
    private const int PayloadBytes = 1160;
    private const int PacketBytes = 1253;
    private const int Seconds = 12;

    /// <summary>From there on the path is to be full.</summary>
    private const int StartSeconds = 8;

    private static readonly TimeSpan _queueLimit = TimeSpan.FromMilliseconds(100);

    /// <summary>An overflow costs a browser's sender half its rate, or leaves it at a packet per round trip.</summary>
    [Theory]
    [InlineData(20, 50)]
    [InlineData(50, 50)]
    [InlineData(50, 100)]
    [InlineData(100, 50)]
    [InlineData(100, 100)]
    [InlineData(200, 50)]
    [InlineData(200, 100)]
    [InlineData(300, 200)]
    public void SlowStart_FillsThePath_AndOverflowsNoQueue(int roundTripMilliseconds, int megabits)
    {
        var (drops, bytes) = Upload(TimeSpan.FromMilliseconds(roundTripMilliseconds), megabits, stalls: TimeSpan.Zero);

        Assert.Equal(0, drops);
        Assert.InRange(bytes / (megabits * 125_000.0 * (Seconds - StartSeconds) * PayloadBytes / PacketBytes), 0.97, 1.01);
    }

    /// <summary>What a browser could not send while it was not running it sends at once.</summary>
    [Theory]
    [InlineData(50)]
    [InlineData(200)]
    public void Sender_ThatStandsStillNowAndThen_OverflowsNoQueue(int roundTripMilliseconds)
    {
        var (drops, bytes) = Upload(TimeSpan.FromMilliseconds(roundTripMilliseconds), megabits: 100, stalls: TimeSpan.FromMilliseconds(50));

        Assert.Equal(0, drops);
        Assert.InRange(bytes / (12_500_000.0 * (Seconds - StartSeconds) * PayloadBytes / PacketBytes), 0.9, 1.01);
    }

    /// <param name="stalls">How long the sender stands still in each second.</param>
    /// <returns>Packets that the queue had no room for, and payload bytes that arrived from <see cref="StartSeconds"/> on.</returns>
    private static (int Drops, long Bytes) Upload(TimeSpan roundTrip, int megabits, TimeSpan stalls)
    {
        var tuner = new ReceiveWindowTuner(16 * 1024 * 1024, enabled: true);
        tuner.OnRoundTripTime(roundTrip);
        var transmission = TimeSpan.FromSeconds(PacketBytes / (megabits * 125_000.0));
        var events = new PriorityQueue<(bool IsAck, long Window), long>();
        var free = default(Timestamp);
        long window = tuner.WindowBytes, bytes = 0;
        int congestionWindow = 10, inFlight = 0, drops = 0;
        Send(default);
        while (events.TryDequeue(out var next, out var ticks) && ticks < TimeSpan.FromSeconds(Seconds).Ticks)
        {
            var now = new Timestamp(ticks);
            if (next.IsAck)
            {
                // It grows only while it is what limits the sender.
                congestionWindow += inFlight + 1 >= congestionWindow ? 1 : 0;
                window = next.Window;
                inFlight--;
                Send(now);
            }
            else
            {
                tuner.OnData(PayloadBytes, opensHole: false, now);
                bytes += now.Ticks >= TimeSpan.FromSeconds(StartSeconds).Ticks ? PayloadBytes : 0;
                events.Enqueue((true, tuner.WindowBytes), Running(now + (roundTrip / 2)).Ticks);
            }
        }

        return (drops, bytes);

        void Send(Timestamp now)
        {
            while (inFlight < congestionWindow && (inFlight + 1L) * PayloadBytes <= window)
            {
                inFlight++;
                if (free - now > _queueLimit)
                {
                    drops++;
                    continue;
                }

                free = Timestamp.Max(free, now) + transmission;
                events.Enqueue((false, 0), (free + (roundTrip / 2)).Ticks);
            }
        }

        // Acknowledgements wait until the sender runs again.
        Timestamp Running(Timestamp at)
        {
            var ofSecond = at.Ticks % TimeSpan.TicksPerSecond;
            return ofSecond < stalls.Ticks ? new Timestamp(at.Ticks - ofSecond + stalls.Ticks) : at;
        }
    }
}
