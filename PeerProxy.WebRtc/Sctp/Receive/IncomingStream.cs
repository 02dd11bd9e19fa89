namespace PeerProxy.WebRtc.Sctp.Receive;

/// <summary>Order of one incoming stream: the number awaited and the messages that came before their turn.</summary>
internal sealed class IncomingStream
{
    private PriorityQueue<SctpEvent, long>? _waiting;

    /// <summary>SSN or MID (not wrapped) of the next ordered message to hand out.</summary>
    public long NextNumber { get; set; } = SerialNumber.Start(0);

    public void Wait(long number, in SctpEvent message)
    {
        _waiting ??= new PriorityQueue<SctpEvent, long>();
        _waiting.Enqueue(message, number);
    }

    /// <summary>Takes the first waiting message if its number is at most this.</summary>
    public bool TryTakeThrough(long number, out SctpEvent message, out long taken)
    {
        message = default;
        taken = 0;
        if (_waiting is null || !_waiting.TryPeek(out _, out taken) || taken > number)
        {
            return false;
        }

        message = _waiting.Dequeue();
        return true;
    }
}
