using PeerProxy.WebRtc;

namespace PeerProxy.Tests.Simulation.Ice;

/// <summary>Repeats from its seed.</summary>
internal sealed class SeededRandom(int seed) : IRandomSource
{
    private readonly Random _random = new(seed);

    public void Fill(Span<byte> destination) => _random.NextBytes(destination);

    public double NextDouble() => _random.NextDouble();

    public int Next(int max) => _random.Next(max);
}
