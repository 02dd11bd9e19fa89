using PeerProxy.Protocol.Tunnel;

namespace PeerProxy.Agent.Tunnel;

/// <summary>Why a tunnel connection ended.</summary>
/// <param name="Code"><see cref="TunnelErrorCode.NoError"/> or <see cref="TunnelErrorCode.GoingAway"/> for an orderly end.</param>
/// <param name="Reason">A sentence for logs.</param>
/// <param name="ByPeer">True when the peer closed, false when this side did.</param>
public sealed record TunnelEnd(TunnelErrorCode Code, string Reason, bool ByPeer);
