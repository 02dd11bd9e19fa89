namespace PeerProxy.Signaling.Limits;

/// <summary>What one node allows; section <c>Signaling:Limits</c> of the configuration.</summary>
public sealed class NodeLimits
{
    /// <summary>Sockets of the whole node: at some 4 KB each these are 160 MB, and the system's buffers come on top.</summary>
    public int Sockets { get; set; } = 40_000;

    /// <summary>Accepted sockets that have not sent a request: it follows within a round trip, so when there are more, whoever waits longest is closed.</summary>
    public int UndecidedSockets { get; set; } = 4_096;

    /// <summary>Sockets of one address (IPv6: of one /64). A carrier's NAT puts hundreds of visitors behind one.</summary>
    public int SocketsPerAddress { get; set; } = 500;

    /// <summary>New sockets of one address: a class of thirty opens a link in the same second, and reloads it.</summary>
    public RateLimit ConnectsPerAddress { get; set; } = new(20, 200);

    /// <summary>Registrations of one address: each costs a signature check and may claim a name for 90 days.</summary>
    public RateLimit RegistrationsPerAddress { get; set; } = new(2, 60);

    /// <summary>Addresses with a history; beyond that, quiet ones are forgotten first and new ones refused.</summary>
    public int TrackedAddresses { get; set; } = 200_000;

    /// <summary>Messages of one visitor: an offer and some 20 candidates per connection, repeated for restarts.</summary>
    public RateLimit VisitorMessages { get; set; } = new(20, 200);

    /// <summary>Bytes of one visitor: some offers of 64 KiB at once, then little.</summary>
    public RateLimit VisitorBytes { get; set; } = new(64 * 1024, 512 * 1024);

    /// <summary>Messages of one agent: answers and candidates for all its visitors.</summary>
    public RateLimit AgentMessages { get; set; } = new(1_000, 5_000);

    /// <summary>Bytes of one agent.</summary>
    public RateLimit AgentBytes { get; set; } = new(2 * 1024 * 1024, 8 * 1024 * 1024);

    /// <summary>Offers of one visitor: a first one, then ICE restarts while it moves between networks.</summary>
    public RateLimit VisitorOffers { get; set; } = new(1, 10);

    /// <summary>Offers to one agent, from all visitors: each makes it work (a DTLS handshake is some milliseconds of a small machine's CPU).</summary>
    public RateLimit AgentOffers { get; set; } = new(50, 200);

    /// <summary>Time to the request of a socket, and then to its first message: idle sockets are how the cheapest attack looks.</summary>
    public TimeSpan FirstMessage { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Time an agent's socket has to register; a refused one may try again within it.</summary>
    public TimeSpan Registration { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Broken or refused messages after which a socket is closed: one is a bug, several are a habit.</summary>
    public int Violations { get; set; } = 8;

    /// <summary>Messages waiting for one socket; a healthy one has none.</summary>
    public int SendQueueMessages { get; set; } = 256;

    /// <summary>Bytes waiting for one socket.</summary>
    public int SendQueueBytes { get; set; } = 512 * 1024;

    /// <summary>How long one message may take to leave before the socket is cut off.</summary>
    public TimeSpan SendTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Silence after which the node pings: below the 60 s after which common load balancers close a quiet connection.</summary>
    public TimeSpan PingInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Silence after which a socket is given up: two pings were lost.</summary>
    public TimeSpan DeadAfter { get; set; } = TimeSpan.FromSeconds(75);

    /// <summary>Time a closed socket has to close its own side.</summary>
    public TimeSpan CloseTimeout { get; set; } = TimeSpan.FromSeconds(3);

    internal void Validate()
    {
        ConnectsPerAddress.Validate(nameof(ConnectsPerAddress));
        RegistrationsPerAddress.Validate(nameof(RegistrationsPerAddress));
        VisitorMessages.Validate(nameof(VisitorMessages));
        VisitorBytes.Validate(nameof(VisitorBytes));
        AgentMessages.Validate(nameof(AgentMessages));
        AgentBytes.Validate(nameof(AgentBytes));
        VisitorOffers.Validate(nameof(VisitorOffers));
        AgentOffers.Validate(nameof(AgentOffers));
        Positive(Sockets, nameof(Sockets));
        Positive(UndecidedSockets, nameof(UndecidedSockets));
        Positive(SocketsPerAddress, nameof(SocketsPerAddress));
        Positive(TrackedAddresses, nameof(TrackedAddresses));
        Positive(SendQueueMessages, nameof(SendQueueMessages));
        Positive(SendQueueBytes, nameof(SendQueueBytes));
        Positive(FirstMessage.TotalSeconds, nameof(FirstMessage));
        Positive(Registration.TotalSeconds, nameof(Registration));
        Positive(SendTimeout.TotalSeconds, nameof(SendTimeout));
        Positive(PingInterval.TotalSeconds, nameof(PingInterval));
        Positive(CloseTimeout.TotalSeconds, nameof(CloseTimeout));
        if (DeadAfter <= PingInterval)
        {
            throw new InvalidOperationException($"Signaling:Limits:DeadAfter ({DeadAfter}) must be longer than PingInterval ({PingInterval}).");
        }
    }

    private static void Positive(double value, string name)
    {
        if (!(value > 0))
        {
            throw new InvalidOperationException($"Signaling:Limits:{name} must be above 0; it is {value}.");
        }
    }
}
