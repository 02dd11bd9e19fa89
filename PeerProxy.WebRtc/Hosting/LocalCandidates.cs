using PeerProxy.WebRtc.Connection;
using PeerProxy.WebRtc.Ice;
using PeerProxy.WebRtc.Sdp;

namespace PeerProxy.WebRtc.Hosting;

/// <summary>A connection's own candidates: given to its ICE agent as they are found, and trickled once there is a description that lacks them. On the loop only.</summary>
/// <param name="add">Takes a candidate into the connection.</param>
/// <param name="tell">Trickles a candidate line, or null for their end.</param>
internal sealed class LocalCandidates(TransportLoop loop, PeerConnectionOptions options, Action<IceCandidate> add, Action<string?> tell)
{
    private readonly HashSet<IceCandidate> _announced = [];
    private readonly HashSet<TransportAddress> _announcedHosts = [];
    private bool _hasDescription;
    private bool _hasAnnouncedEnd;

    /// <summary>The connection has its slot: takes everything there is.</summary>
    public void Begin()
    {
        AddHosts();
        if (options.IceServers.Count > 0)
        {
            loop.Servers.Use(options.IceServers);
            AddFromServers();
        }
    }

    /// <summary>A description is being made: what is found from now on is trickled.</summary>
    /// <returns>True when it will hold every candidate there is.</returns>
    public bool BeginDescription()
    {
        _hasDescription = true;
        _hasAnnouncedEnd = loop.Servers.AreSettled(options.IceServers);
        return _hasAnnouncedEnd;
    }

    /// <summary>Takes the machine's addresses that are new.</summary>
    public void AddHosts()
    {
        if (options.RelayOnly)
        {
            return;
        }

        foreach (var candidate in loop.HostCandidates)
        {
            if (_announcedHosts.Add(candidate.Address))
            {
                Announce(candidate);
            }
        }
    }

    /// <summary>Takes what the servers have found since the last look.</summary>
    public void AddFromServers()
    {
        if (options.IceServers.Count == 0)
        {
            return;
        }

        foreach (var candidate in loop.Servers.CandidatesOf(options.IceServers))
        {
            if ((!options.RelayOnly || candidate.Type == IceCandidateType.Relayed) && _announced.Add(candidate))
            {
                Announce(candidate);
            }
        }

        if (_hasDescription && !_hasAnnouncedEnd && loop.Servers.AreSettled(options.IceServers))
        {
            _hasAnnouncedEnd = true;
            tell(null);
        }
    }

    private void Announce(IceCandidate candidate)
    {
        add(candidate);
        if (_hasDescription)
        {
            // Before, the description itself will tell it.
            tell(CandidateLine.Write(candidate));
        }
    }
}
