using PeerProxy.WebRtc;
using PeerProxy.WebRtc.Sctp.Send;

namespace PeerProxy.Tests.Unit.Sctp;

public sealed class PacerTests
{
    private const int PacketBytes = 1432;

    [Theory]
    [InlineData(1, 50)]
    [InlineData(5, 50)]
    [InlineData(8, 20)]
    [InlineData(8, 50)]
    public void LateTimer_SlowPath_KeepsThePace(int wakeUpEveryMilliseconds, int megabits)
    {
        var (sent, mostAtOnce) = Run(wakeUpEveryMilliseconds, megabits * 1e6 / 8);

        Assert.InRange(sent * 8 / 1e6, megabits * 0.95, megabits * 1.05);
        Assert.InRange(mostAtOnce, 1, Pacer.MaxCatchUpBurstPackets);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    public void LateTimer_FastPath_NeverSendsMoreThanSixteenAtOnce(int wakeUpEveryMilliseconds)
    {
        var (_, mostAtOnce) = Run(wakeUpEveryMilliseconds, 400e6 / 8);

        Assert.InRange(mostAtOnce, 1, Pacer.MaxBurstPackets);
    }

    [Fact]
    public void LongPause_IsNotMadeUpWhole()
    {
        var pacer = new Pacer();
        var now = new Timestamp(TimeSpan.TicksPerSecond);
        pacer.SetRate(50e6 / 8, PacketBytes, now);
        now += TimeSpan.FromSeconds(2);

        var sent = 0;
        for (var end = now + TimeSpan.FromMilliseconds(100); now < end; now += TimeSpan.FromMilliseconds(1))
        {
            sent += SendAll(pacer, now);
        }

        Assert.InRange(sent * PacketBytes, 0, 50e6 / 8 * 0.13);
    }

    /// <summary>One second of a sender that always has something to send and is woken at intervals only.</summary>
    private static (long Bytes, int MostAtOnce) Run(int wakeUpEveryMilliseconds, double bytesPerSecond)
    {
        var pacer = new Pacer();
        var now = new Timestamp(TimeSpan.TicksPerSecond);
        pacer.SetRate(bytesPerSecond, PacketBytes, now);
        long sent = 0;
        var most = 0;
        for (var end = now + TimeSpan.FromSeconds(1); now < end; now += TimeSpan.FromMilliseconds(wakeUpEveryMilliseconds))
        {
            var burst = SendAll(pacer, now);
            sent += (long)burst * PacketBytes;
            most = Math.Max(most, burst);
        }

        return (sent, most);
    }

    private static int SendAll(Pacer pacer, Timestamp now)
    {
        var sent = 0;
        while (pacer.CanSend(now))
        {
            pacer.OnSent(PacketBytes);
            sent++;
        }

        return sent;
    }
}
