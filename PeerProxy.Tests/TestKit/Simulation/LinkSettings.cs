namespace PeerProxy.Tests.TestKit.Simulation;

/// <summary>One direction of a simulated path. The default is instant and perfect.</summary>
public sealed record LinkSettings
{
    /// <summary>One-way propagation delay.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>Uniform extra delay that may reorder packets.</summary>
    public TimeSpan Jitter { get; init; }

    /// <summary>Independent loss, 0..1.</summary>
    public double Loss { get; init; }

    /// <summary>Chance per packet that a burst of losses begins.</summary>
    public double BurstStart { get; init; }

    /// <summary>Packets lost per burst.</summary>
    public int BurstLength { get; init; } = 10;

    public double Duplication { get; init; }

    /// <summary>Chance that one bit is flipped.</summary>
    public double Corruption { get; init; }

    /// <summary>Chance that a packet is held back by <see cref="ReorderDelay"/>.</summary>
    public double Reorder { get; init; }

    public TimeSpan ReorderDelay { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>Bottleneck rate in bits per second; 0 is unlimited.</summary>
    public double BitsPerSecond { get; init; }

    /// <summary>Drop-tail queue before the bottleneck, as time at its rate.</summary>
    public TimeSpan Queue { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>What each packet costs on the wire besides its bytes: DTLS 37, UDP 8, IPv4 20.</summary>
    public int OverheadBytes { get; init; } = 65;

    /// <summary>Packets are taken off the path only at multiples of this, as on a busy machine; zero: at once.</summary>
    public TimeSpan Batching { get; init; }

    /// <summary>Packets above this many bytes vanish.</summary>
    public int MaxPacket { get; init; } = int.MaxValue;
}
