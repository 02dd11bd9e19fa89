namespace PeerProxy.WebRtc.Sctp.Send;

/// <summary>Tells a path that took nothing for a while from one that was given too much.</summary>
/// <remarks>A full queue goes on serving what it holds, so of what is sent at any pace some gets through. When everything sent over some milliseconds is gone,
/// nobody was serving: a radio link in a fade, a change of route, or a browser whose process had no processor while its socket's buffer (some 60 packets) was
/// full. Such losses are repaired, but sending less would not have avoided them.</remarks>
internal struct Outage
{
    /// <summary>Least time of sending without one delivery; longer than a burst of the pacer.</summary>
    private static readonly TimeSpan LeastSpan = TimeSpan.FromMilliseconds(8);

    /// <summary>Least number of chunks lost in succession: of those, random losses of one in five hit as many once in 400,000 times.</summary>
    private const int LeastChunks = 8;

    private Timestamp _firstSentAt;
    private int _chunks;
    private long _bytes;
    private bool _isCertain;

    /// <summary>The next chunk in the order of sending is lost. Returns the bytes that belong to an outage and were not returned before.</summary>
    public long OnLost(in InFlightChunk chunk)
    {
        if (_chunks++ == 0)
        {
            _firstSentAt = chunk.SentAt;
        }

        if (_isCertain)
        {
            return chunk.WireLength;
        }

        _bytes += chunk.WireLength;
        _isCertain = _chunks >= LeastChunks && chunk.SentAt - _firstSentAt >= LeastSpan;
        return _isCertain ? _bytes : 0;
    }

    /// <summary>The next chunk in the order of sending was delivered.</summary>
    public void OnDelivered()
    {
        _chunks = 0;
        _bytes = 0;
        _isCertain = false;
    }
}
