using PeerProxy.Protocol.Tunnel;
using PeerProxy.WebRtc.Connection;

namespace PeerProxy.Agent.Visitors;

/// <summary>Decides how many lanes a visitor's upload should have.</summary>
/// <remarks>A browser's sender halves its rate at each loss, as TCP Reno does, whatever the loss was caused by. On a path that loses packets at random several
/// associations together keep more of the rate: each is hit by a part of the losses only. On a path without losses one is as fast as many.</remarks>
internal sealed class LaneAdvisor
{
    /// <summary>Fewer losses than this are an accident, or the one overflow that ends a slow start.</summary>
    private const int LeastHoles = 3;

    /// <summary>Share of packets lost from which a sender of Reno's kind is slower than CUBIC however short the path, and gets the most lanes.</summary>
    private const double HeavyLoss = 0.004;

    private const int SomeLanes = 3;

    /// <summary>What a visitor's ordinary requests stay under: they need no lanes.</summary>
    private const long LeastBytes = 256 * 1024;

    /// <summary>Over how long losses are counted.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(3);

    private readonly Queue<ReceiveProgress> _past = new();

    /// <summary>Lanes wanted besides the first association; never fewer than before.</summary>
    public int Lanes { get; private set; }

    /// <summary>Takes what the first association has received.</summary>
    /// <returns>True when <see cref="Lanes"/> has changed.</returns>
    public bool OnProgress(in ReceiveProgress now)
    {
        _past.Enqueue(now);
        while (now.Elapsed - _past.Peek().Elapsed > Period)
        {
            _past.Dequeue();
        }

        var first = _past.Peek();
        var holes = now.Holes - first.Holes;
        if (holes < LeastHoles || now.Bytes - first.Bytes < LeastBytes || now.IsQueued)
        {
            return false;
        }

        var wanted = holes >= HeavyLoss * (now.Packets - first.Packets) ? LaneMessage.MaxLanes : SomeLanes;
        if (wanted <= Lanes)
        {
            return false;
        }

        Lanes = wanted;
        return true;
    }
}
