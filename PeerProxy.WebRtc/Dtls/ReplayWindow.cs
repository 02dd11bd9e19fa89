namespace PeerProxy.WebRtc.Dtls;

/// <summary>Which of the newest <see cref="Size"/> sequence numbers were seen (RFC 6347 4.1.2.6).</summary>
/// <remarks>Far wider than the RFC's 64: a burst reordered on a fast path spans hundreds of records.</remarks>
internal sealed class ReplayWindow
{
    public const int Size = 1024;

    private readonly ulong[] _seen = new ulong[Size / 64];
    private ulong _highest;
    private bool _any;

    /// <summary>True when the number is older than the window or was accepted before.</summary>
    public bool IsReplay(ulong sequence)
    {
        if (!_any || sequence > _highest)
        {
            return false;
        }

        return _highest - sequence >= Size || (_seen[Word(sequence)] & Bit(sequence)) != 0;
    }

    /// <summary>Remembers the number of an authentic record that is no replay.</summary>
    public void Accept(ulong sequence)
    {
        if (!_any)
        {
            _any = true;
            _highest = sequence;
        }
        else if (sequence > _highest)
        {
            if (sequence - _highest >= Size)
            {
                Array.Clear(_seen);
            }
            else
            {
                for (var passed = _highest + 1; passed < sequence; passed++)
                {
                    _seen[Word(passed)] &= ~Bit(passed);
                }
            }

            _highest = sequence;
        }

        _seen[Word(sequence)] |= Bit(sequence);
    }

    private static int Word(ulong sequence) => (int)(sequence % Size / 64);

    private static ulong Bit(ulong sequence) => 1UL << (int)(sequence % 64);
}
