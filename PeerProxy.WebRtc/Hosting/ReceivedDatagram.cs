namespace PeerProxy.WebRtc.Hosting;

/// <summary>Where received datagrams go. The span is valid during the call only.</summary>
internal interface IDatagramSink
{
    void OnDatagram(ReadOnlySpan<byte> datagram, int baseId, in TransportAddress remote);
}
