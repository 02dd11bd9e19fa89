namespace PeerProxy.Tests.Simulation.Ice;

/// <summary>The NAT types of RFC 3489, by mapping and filtering.</summary>
public enum NatType
{
    None,
    FullCone,
    Restricted,
    PortRestricted,
    Symmetric,
}
