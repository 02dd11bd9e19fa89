using System.Diagnostics;

namespace PeerProxy.Protocol.Tunnel;

/// <summary>Life of a stream number at the side that is asked (the agent).</summary>
public enum StreamNumberState
{
    /// <summary>No frame of it has arrived yet.</summary>
    Unseen,

    /// <summary>Opened and not closed yet.</summary>
    Open,

    /// <summary>Done or reset: what still arrives is ignored.</summary>
    Closed,

    /// <summary>0, or too far ahead: the error PROTOCOL.</summary>
    Invalid,
}

/// <summary>Remembers which stream numbers were seen, in memory bounded by the reordering of the channel (docs/protocol.md, section 3).</summary>
/// <remarks>Numbers have no gaps, so the lowest unseen one and the set of seen ones above it tell all. Legal paths: unseen to open to closed, and unseen to closed.</remarks>
public sealed class StreamNumbers
{
    private readonly HashSet<uint> _open = [];
    private readonly HashSet<uint> _seenAhead = [];

    /// <summary>The lowest number that was not seen; 64 bits, since it can pass the last number.</summary>
    public ulong LowestUnseen { get; private set; } = 1;

    /// <summary>The highest number seen; 0 when none was.</summary>
    public uint Highest { get; private set; }

    public int OpenCount => _open.Count;

    public StreamNumberState StateOf(uint number)
    {
        if (number == 0 || number > LowestUnseen + TunnelLimits.MaxStreamNumberGap)
        {
            return StreamNumberState.Invalid;
        }

        if (_open.Contains(number))
        {
            return StreamNumberState.Open;
        }

        return number < LowestUnseen || _seenAhead.Contains(number) ? StreamNumberState.Closed : StreamNumberState.Unseen;
    }

    /// <summary>Unseen to open.</summary>
    public void Open(uint number)
    {
        See(number);
        _open.Add(number);
    }

    /// <summary>Open or unseen to closed.</summary>
    public void Close(uint number)
    {
        if (!_open.Remove(number))
        {
            See(number);
        }
    }

    private void See(uint number)
    {
        Debug.Assert(StateOf(number) == StreamNumberState.Unseen, "a number is opened once");
        Highest = Math.Max(Highest, number);
        if (number != LowestUnseen)
        {
            _seenAhead.Add(number);
            return;
        }

        do
        {
            LowestUnseen++;
        }
        while (LowestUnseen <= uint.MaxValue && _seenAhead.Remove((uint)LowestUnseen));
    }
}
