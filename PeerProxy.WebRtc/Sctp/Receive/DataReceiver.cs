using PeerProxy.WebRtc.Sctp.Chunks;

namespace PeerProxy.WebRtc.Sctp.Receive;

/// <summary>The receiving half of an association: takes DATA and FORWARD-TSN, hands out messages, writes SACKs.</summary>
internal sealed class DataReceiver
{
    /// <summary>Gap blocks per SACK: what fits in a packet of the smallest path, nearly.</summary>
    private const int MaxBlocksPerSack = 256;

    /// <summary>The out-of-order span in packets is the window over this: packets carry at least about so much on the paths where the window is used.</summary>
    private const int BytesPerSpanPacket = 512;

    private const int SmallestSpan = 4096;

    /// <summary>What the next in line may exceed the window by, so that a full window of later data cannot lock out the one packet that frees it.</summary>
    private const int InOrderSlack = 64 * 1024;

    private readonly int _windowLimit;
    private readonly SackScheduler _scheduler = new();
    private readonly TsnTracker _tracker;
    private readonly Reassembler _reassembler;
    private readonly bool _interleaved;
    private bool _receivedAny;
    private long _lastAdvertised;

    public DataReceiver(SctpOptions options, long initialTsn, bool interleaved, bool peerIsDcsctp, Queue<SctpEvent> events)
    {
        _windowLimit = options.ReceiveWindow;
        _tracker = new TsnTracker(initialTsn, Math.Max(SmallestSpan, options.ReceiveWindow / BytesPerSpanPacket));
        _reassembler = new Reassembler(options.MaxMessageSize, events);
        _interleaved = interleaved;
        _scheduler.ThinGapReports = peerIsDcsctp;
        Tuner = new ReceiveWindowTuner(options.ReceiveWindow, options.TuneReceiveWindow);
        _lastAdvertised = options.ReceiveWindow;
    }

    public ReceiveWindowTuner Tuner { get; }

    public long CumulativeTsn => _tracker.CumulativeTsn;

    public long HighestTsn => _tracker.HighestTsn;

    public long HeldBytes => _reassembler.HeldBytes;

    public long DataBytesReceived { get; private set; }

    public long DuplicatesReceived { get; private set; }

    public long DataChunksReceived { get; private set; }

    public long HolesReceived { get; private set; }

    public long SacksSent { get; private set; }

    public bool IsSackDue => _scheduler.IsDue;

    public bool IsSackWanted => _scheduler.IsWanted;

    public Timestamp SackDeadline => _scheduler.Deadline;

    /// <summary>The tuned window less what the user has not consumed; what waits for holes to be filled only counts against the memory limit, as the peer
    /// does not count it as outstanding either.</summary>
    public long AdvertisedWindow =>
        Math.Max(0, Math.Min(Tuner.WindowBytes - _reassembler.HandedOutBytes, _windowLimit - _reassembler.HeldBytes));

    /// <summary>Takes one DATA or I-DATA. Anything but Held or Complete ends the association.</summary>
    /// <param name="sackNow">Set when the chunk asks for a SACK at once.</param>
    public FragmentResult Handle(in DataChunk chunk, ref bool sackNow, Timestamp now)
    {
        long tsn = SerialNumber.Unwrap(_tracker.CumulativeTsn, chunk.Tsn);
        sackNow |= chunk.WantsImmediateSack || !_receivedAny;
        _receivedAny = true;
        switch (_tracker.Classify(tsn))
        {
            case TsnKind.Duplicate:
                DuplicatesReceived++;
                _tracker.RecordDuplicate(tsn);
                sackNow = true;
                return FragmentResult.Held;
            case TsnKind.OutOfRange:
                sackNow = true;
                return FragmentResult.Held;
        }

        int slack = tsn == _tracker.CumulativeTsn + 1 ? InOrderSlack : 0;
        if (_reassembler.HeldBytes + chunk.Payload.Length > (long)_windowLimit + slack)
        {
            sackNow = true;
            return FragmentResult.Held;
        }

        bool opensHole = tsn > _tracker.HighestTsn + 1;
        if (!_tracker.TryRecord(tsn))
        {
            sackNow = true;
            return FragmentResult.Held;
        }

        sackNow |= opensHole;
        HolesReceived += opensHole ? 1 : 0;
        DataChunksReceived++;
        DataBytesReceived += chunk.Payload.Length;
        Tuner.OnData(chunk.Payload.Length, opensHole, now);
        return _reassembler.Add(tsn, chunk, _interleaved);
    }

    /// <summary>All chunks of a packet that had DATA were taken.</summary>
    public void OnPacketEnd(bool sackNow, Timestamp now) => _scheduler.OnPacket(sackNow, _tracker.HasGaps, Tuner.StableRate, now);

    /// <summary>Takes a FORWARD-TSN or I-FORWARD-TSN (RFC 3758 section 3.6, RFC 8260 section 2.3).</summary>
    public void HandleForwardTsn(in ForwardTsnChunk chunk, Timestamp now)
    {
        long tsn = SerialNumber.Unwrap(_tracker.CumulativeTsn, chunk.NewCumulativeTsn);
        _scheduler.Force();
        if (tsn <= _tracker.CumulativeTsn)
        {
            return;
        }

        _tracker.Skip(tsn);
        if (!_interleaved)
        {
            _reassembler.SkipThrough(tsn);
        }

        for (int i = 0; i < chunk.StreamCount; i++)
        {
            (ushort streamId, bool unordered, uint number) = chunk.Stream(i);
            if (unordered)
            {
                _reassembler.SkipUnordered(streamId, number);
            }
            else
            {
                _reassembler.SkipOrdered(streamId, number, _interleaved);
            }
        }
    }

    public void Release(int windowBytes, Timestamp now)
    {
        long before = AdvertisedWindow;
        _reassembler.Release(windowBytes);

        // RFC 9260 6.2: tell the peer when a window it may be waiting for opens; half of what can be granted keeps such SACKs rare.
        if (_lastAdvertised < Tuner.WindowBytes / 4 && AdvertisedWindow >= Tuner.WindowBytes / 2 && before < AdvertisedWindow)
        {
            _scheduler.Force();
        }
    }

    public void ResetStream(ushort streamId) => _reassembler.ResetStream(streamId);

    public IReadOnlyList<ushort> ResetAllStreams()
    {
        ushort[] known = [.. _reassembler.KnownStreams];
        _reassembler.ResetAllStreams();
        return known;
    }

    public void HandleTimeout(Timestamp now) => _scheduler.OnTimeout(now);

    public void ForceSack() => _scheduler.Force();

    /// <summary>Appends a SACK if there is room for one.</summary>
    public bool TryWriteSack(ref SctpPacketWriter writer, TimeSpan roundTripTime, Timestamp now)
    {
        int room = writer.Remaining - SackChunk.FixedLength;
        if (room < 0)
        {
            return false;
        }

        Span<(ushort, ushort)> blocks = stackalloc (ushort, ushort)[MaxBlocksPerSack];
        int count = 0;
        if (_tracker.HasGaps && _scheduler.ShouldReportGaps(_tracker.CumulativeTsn + 1, roundTripTime, now))
        {
            count = _tracker.CopyBlocks(blocks[..Math.Min(MaxBlocksPerSack, room / SackChunk.BlockLength)]);
        }

        int duplicates = Math.Min(_tracker.DuplicateCount, (room / SackChunk.BlockLength) - count);
        _lastAdvertised = AdvertisedWindow;
        SackChunk.Write(ref writer, (uint)_tracker.CumulativeTsn, (uint)_lastAdvertised, blocks[..count], _tracker.Duplicates[..duplicates]);
        _tracker.ClearDuplicates();
        _scheduler.OnSent();
        SacksSent++;
        return true;
    }

    public void Clear() => _reassembler.Clear();
}
