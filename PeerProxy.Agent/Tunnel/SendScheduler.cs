using PeerProxy.Protocol.Tunnel;

namespace PeerProxy.Agent.Tunnel;

/// <summary>Chooses the stream whose frame goes out next: the most urgent ones first, equal ones in turn, frame by frame (RFC 9218).</summary>
/// <remarks>Not thread-safe: its owner's lock guards it. A stream waits in at most one place: the queue of its urgency, or with those that lack credit of the
/// connection. One that lacks its own credit waits nowhere until <see cref="Ready"/> is called again.</remarks>
internal sealed class SendScheduler
{
    /// <summary>Urgency of a stream that has sent <see cref="BulkBytes"/>: more urgent than the explicitly least urgent only.</summary>
    public const int BulkUrgency = 6;

    /// <summary>A long download opened as a navigation would starve everything else by its urgency; after this much it gives way.</summary>
    public const long BulkBytes = 1024 * 1024;

    private const int Levels = 8;

    private readonly Queue<TunnelStream>[] _ready = [.. Enumerable.Range(0, Levels).Select(_ => new Queue<TunnelStream>())];
    private readonly Queue<TunnelStream> _withoutConnectionCredit = new();

    /// <summary>The stream has a frame, or new credit for one it has.</summary>
    public void Ready(TunnelStream stream)
    {
        if (stream.IsScheduled || !stream.HasOutbound)
        {
            return;
        }

        stream.IsScheduled = true;
        _ready[stream.EffectiveUrgency].Enqueue(stream);
    }

    /// <summary>The connection has new credit.</summary>
    public void ConnectionCreditRaised()
    {
        while (_withoutConnectionCredit.TryDequeue(out var stream))
        {
            stream.IsScheduled = false;
            Ready(stream);
        }
    }

    /// <summary>Takes the next frame that may be sent and pays for it.</summary>
    public bool TryTake(ref SendCredit connectionCredit, out TunnelStream stream, out OutboundFrame frame)
    {
        foreach (var queue in _ready)
        {
            while (queue.TryDequeue(out var candidate))
            {
                candidate.IsScheduled = false;
                if (!candidate.TryPeekOutbound(out frame) || frame.Cost > candidate.SendCredit.Available)
                {
                    continue;
                }

                if (frame.Cost > connectionCredit.Available)
                {
                    candidate.IsScheduled = true;
                    _withoutConnectionCredit.Enqueue(candidate);
                    continue;
                }

                connectionCredit.Spend(frame.Cost);
                candidate.SendCredit.Spend(frame.Cost);
                candidate.RemoveOutbound();
                Ready(candidate);
                stream = candidate;
                return true;
            }
        }

        stream = null!;
        frame = default;
        return false;
    }
}
