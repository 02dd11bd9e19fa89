using PeerProxy.Tests.TestKit.Simulation;
using PeerProxy.WebRtc;
using PeerProxy.WebRtc.Sctp;

namespace PeerProxy.Tests.Unit.Sctp;

public sealed class SctpAllocationTests
{
    private const int Warm = 300;
    private const int Measured = 2000;

    [Fact]
    public void Transfer_Steady_AllocatesNothingPerPacket()
    {
        var options = new SctpOptions { OfferInterleaving = false };
        var left = new SctpAssociation(options, new SeededRandom(1));
        var right = new SctpAssociation(options, new SeededRandom(2));
        byte[] buffer = new byte[2048];
        byte[] message = new byte[16 * 1024];
        var now = new Timestamp(TimeSpan.TicksPerHour);
        left.OnPathRoundTripTime(TimeSpan.FromMilliseconds(1), now);
        left.Connect(now);
        long packets = 0;
        for (int i = 0; i < Warm; i++)
        {
            Round();
        }

        packets = 0;
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Measured; i++)
        {
            Round();
        }

        // A received message is two small objects of 88 bytes together, whatever its packets are; compiled code or not.
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(packets > Measured * 10, $"only {packets} packets");
        Assert.True(allocated < Measured * 100, $"{allocated} bytes for {packets} packets");

        void Round()
        {
            now += TimeSpan.FromMilliseconds(1);
            left.TrySend(1, 53, message, default, now);
            left.HandleTimeout(now);
            right.HandleTimeout(now);
            bool any = true;
            while (any)
            {
                any = Move(left, right) | Move(right, left);
            }
        }

        bool Move(SctpAssociation from, SctpAssociation to)
        {
            bool any = false;
            while (from.TryPollPacket(now, buffer, out int written))
            {
                any = true;
                packets++;
                to.Handle(buffer.AsSpan(0, written), now);
                while (to.TryPollEvent(out SctpEvent e))
                {
                    e.Payload?.Dispose();
                    to.ReleaseReceived(e.WindowBytes, now);
                }
            }

            return any;
        }
    }
}
