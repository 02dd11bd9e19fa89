using PeerProxy.WebRtc.Ice;
using PeerProxy.WebRtc.Stun;

namespace PeerProxy.WebRtc.Hosting.Servers;

/// <summary>Asks a STUN server how our port looks from outside, and keeps the NAT's mapping alive.</summary>
internal sealed class StunLink(IceServerAddress address, TransportAddress server, UdpPort port, TransportAddress local, Timestamp now)
    : ServerLink(address)
{
    private readonly StunBinding _binding = new(server, SystemRandomSource.Instance, now);
    private readonly byte[] _buffer = new byte[HostingLimits.MaxDatagramBytes];

    public override Timestamp NextDeadline => _binding.NextDeadline;

    public override bool Handle(ReadOnlySpan<byte> message, in TransportAddress source, Timestamp now) => _binding.Handle(message, source, now);

    public override void HandleTimeout(Timestamp now) => _binding.HandleTimeout(now);

    public override bool Drain(Timestamp now)
    {
        while (_binding.TryPollTransmit(_buffer, out var length))
        {
            _buffer.AsSpan(0, length).CopyTo(port.Reserve());
            port.Commit(length, server);
        }

        if (!_binding.TryPollChange())
        {
            return false;
        }

        IsSettled = true;
        HasFailed = _binding.HasFailed;
        Candidates.Clear();
        if (_binding.MappedAddress is { } mapped && mapped != local)
        {
            Candidates.Add(IceCandidate.ServerReflexive(mapped, local, port.BaseId));
        }

        return true;
    }
}
