using System.Buffers.Binary;
using PeerProxy.Bench.Framework;
using PeerProxy.Bench.Framework.Plotting;
using PeerProxy.WebRtc.Sctp;

namespace PeerProxy.Bench.Scenarios.Loopback;

/// <summary>A checksum in a loop: takes a moment, needs no browser, and exercises everything that results pass through.</summary>
internal sealed class FrameCheckScenario : IScenario
{
    private const int PacketBytes = 1191;

    public string Name => "checksum";

    public string Description => "CRC32C of an SCTP packet, against a sum of its words (no browser needed)";

    public Task RunAsync(BenchContext context, CancellationToken cancellationToken)
    {
        var repeats = context.Repeats(50, 5);
        var packet = new byte[PacketBytes];
        new Random(1).NextBytes(packet);
        for (var repeat = 0; repeat < repeats; repeat++)
        {
            context.Report(repeat, repeats, "checksums");
            context.Results.Add("CRC32C", "ns", NanosecondsOf(() => Crc32c.Compute(packet)));
            context.Results.Add("sum of words", "ns", NanosecondsOf(() => Sum(packet)));
        }

        context.Results.Compare("CRC32C", "sum of words");
        context.Results.Draw(new BarPlot("packet", "Checksum of one packet", "ns", [.. context.Results.Series]));
        return Task.CompletedTask;
    }

    private static uint Sum(ReadOnlySpan<byte> packet)
    {
        var sum = 0u;
        for (; packet.Length >= sizeof(uint); packet = packet[sizeof(uint)..])
        {
            sum += BinaryPrimitives.ReadUInt32LittleEndian(packet);
        }

        return sum;
    }

    private static double NanosecondsOf(Func<uint> work)
    {
        const int Rounds = 2000;
        var start = System.Diagnostics.Stopwatch.GetTimestamp();
        var keep = 0u;
        for (var round = 0; round < Rounds; round++)
        {
            keep ^= work();
        }

        GC.KeepAlive(keep);
        return System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalNanoseconds / Rounds;
    }
}
