using PeerProxy.Tests.TestKit.Simulation;
using PeerProxy.WebRtc;
using PeerProxy.WebRtc.Sctp;

namespace PeerProxy.Tests.Unit.Sctp;

public sealed class SctpAllocationTests
{
    private const int Warm = 300;
    private const int Measured = 2000;
    private const int Attempts = 40;

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

        // Code that the just-in-time compiler has not optimized yet allocates more; in a process that has run other tests the first attempt is enough.
        long allocated = 0;
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            packets = 0;
            for (int i = 0; i < Measured; i++)
            {
                Round();
            }

            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(packets > Measured * 10, $"only {packets} packets");

            // A received message is two small objects, whatever its packets are.
            if (allocated < packets * 24)
            {
                return;
            }
        }

        Assert.Fail($"{allocated} bytes for {packets} packets");

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
