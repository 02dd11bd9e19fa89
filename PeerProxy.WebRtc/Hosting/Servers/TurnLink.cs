using PeerProxy.WebRtc.Ice;
using PeerProxy.WebRtc.Turn;

namespace PeerProxy.WebRtc.Hosting.Servers;

/// <summary>One allocation at a TURN server, which all connections share as a base of its own.</summary>
internal sealed class TurnLink : ServerLink
{
    /// <summary>Relays reached by TCP or TLS are the worse path, so their candidates come after.</summary>
    private const int StreamPreferenceStep = 1000;

    private readonly IServerChannel _channel;
    private readonly TurnAllocation _allocation;
    private readonly TransportAddress _server;
    private readonly UdpPort? _port;
    private readonly TransportAddress _local;
    private readonly IDatagramSink _sink;
    private readonly byte[] _buffer = new byte[HostingLimits.MaxDatagramBytes + TurnAllocation.IndicationOverhead + 16];

    /// <param name="address">The URL's parts.</param>
    /// <param name="server">The server's address.</param>
    /// <param name="baseId">Number under which connections send through it.</param>
    /// <param name="credentials">Long-term credentials.</param>
    /// <param name="channel">The way to the server.</param>
    /// <param name="port">The port of a UDP channel; null for streams.</param>
    /// <param name="local">Our own address on that port.</param>
    /// <param name="sink">Takes what peers send.</param>
    /// <param name="now">The instant.</param>
    public TurnLink(
        IceServerAddress address, TransportAddress server, int baseId, TurnCredentials credentials, IServerChannel channel, UdpPort? port,
        TransportAddress local, IDatagramSink sink, Timestamp now)
        : base(address)
    {
        _channel = channel;
        _server = server;
        _port = port;
        _local = local;
        _sink = sink;
        BaseId = baseId;
        _allocation = new TurnAllocation(
            new TurnOptions { Credentials = credentials, IsStream = address.Transport != IceServerTransport.Udp }, SystemRandomSource.Instance, now);
    }

    public int BaseId { get; }

    public bool IsReady => _allocation.State == TurnState.Ready;

    /// <summary>It has relayed, whatever became of it.</summary>
    public bool WasReady { get; private set; }

    /// <summary>Over for good; a new link may be tried.</summary>
    public bool IsOver => _allocation.State is TurnState.Failed or TurnState.Closed;

    public override Timestamp NextDeadline => _allocation.NextDeadline;

    public void UpdateCredentials(TurnCredentials credentials, Timestamp now) => _allocation.UpdateCredentials(credentials, now);

    public override bool Handle(ReadOnlySpan<byte> message, in TransportAddress source, Timestamp now)
    {
        if (source != _server)
        {
            return false;
        }

        if (_allocation.TryUnwrap(message, out var peer, out var payload))
        {
            _sink.OnDatagram(payload, BaseId, peer);
            return true;
        }

        return _allocation.Handle(message, now);
    }

    /// <summary>A message that came by the stream.</summary>
    public void HandleStreamMessage(ReadOnlySpan<byte> message, Timestamp now) => Handle(message, _server, now);

    /// <summary>The stream to the server has ended, and the allocation with it.</summary>
    public void OnStreamEnded(Timestamp now)
    {
        HasFailed = true;
        IsSettled = true;
        Candidates.Clear();
        _allocation.Close(now);
    }

    public void SendToPeer(ReadOnlySpan<byte> datagram, in TransportAddress peer, Timestamp now)
    {
        if (_allocation.TryWrap(peer, datagram, _buffer, now, out var length))
        {
            _channel.Send(_buffer.AsSpan(0, length));
        }

        DrainTransmits();
    }

    public override void HandleTimeout(Timestamp now) => _allocation.HandleTimeout(now);

    public override bool Drain(Timestamp now)
    {
        DrainTransmits();
        var hasChanged = false;
        while (_allocation.TryPollEvent(out var turnEvent))
        {
            switch (turnEvent.Kind)
            {
                case TurnEventKind.Allocated:
                    OnAllocated();
                    hasChanged = true;
                    break;
                case TurnEventKind.Failed or TurnEventKind.Closed:
                    Candidates.Clear();
                    HasFailed = true;
                    IsSettled = true;
                    hasChanged = true;
                    break;
            }
        }

        return hasChanged;
    }

    public override void Close(Timestamp now)
    {
        _allocation.Close(now);
        DrainTransmits();
    }

    public override void Dispose() => _channel.Dispose();

    private void OnAllocated()
    {
        IsSettled = true;
        WasReady = true;
        if (_allocation.RelayedAddress is not { } relayed || _allocation.MappedAddress is not { } mapped)
        {
            return;
        }

        var preference = (ushort)(ushort.MaxValue - ((int)Address.Transport * StreamPreferenceStep));
        Candidates.Add(IceCandidate.Relayed(relayed, mapped, BaseId, preference));
        if (_port is not null && mapped != _local)
        {
            Candidates.Add(IceCandidate.ServerReflexive(mapped, _local, _port.BaseId));
        }
    }

    private void DrainTransmits()
    {
        while (_allocation.TryPollTransmit(_buffer, out var length))
        {
            _channel.Send(_buffer.AsSpan(0, length));
        }
    }
}
