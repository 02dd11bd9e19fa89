using PeerProxy.WebRtc;

namespace PeerProxy.Tests.TestKit.Simulation;

/// <summary>Randomness that repeats from its seed.</summary>
public sealed class SeededRandom(int seed) : IRandomSource
{
    private readonly Random _random = new(seed);

    public void Fill(Span<byte> destination) => _random.NextBytes(destination);

    public bool Chance(double probability) => probability > 0 && _random.NextDouble() < probability;

    public double NextDouble() => _random.NextDouble();

    public int Next(int exclusiveMaximum) => _random.Next(exclusiveMaximum);
}
