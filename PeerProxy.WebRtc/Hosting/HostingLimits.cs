namespace PeerProxy.WebRtc.Hosting;

/// <summary>Bounds of the driver, each with its reason.</summary>
internal static class HostingLimits
{
    /// <summary>A DTLS record of the 2048 bytes that libwebrtc reads into, and what TURN wraps around it.</summary>
    public const int MaxDatagramBytes = 2048 + 64;

    /// <summary>What every Ethernet path carries: a system that cannot split a batch of datagrams up to this cannot split any.</summary>
    public const int EthernetDatagramBytes = 1472;

    /// <summary>Kernel buffers for bursts of hundreds of peers while the loop does something else.</summary>
    public const int SocketBufferBytes = 4 * 1024 * 1024;

    /// <summary>Datagrams taken from a socket by one system call.</summary>
    public const int ReceiveBatch = 64;

    /// <summary>Batches taken from one socket before timers and other sockets get their turn.</summary>
    public const int MaxBatchesPerTurn = 4;

    /// <summary>Datagrams in one segmentation-offload send: a browser's socket holds about 56, so bursts stay well below.</summary>
    public const int MaxSegments = 16;

    /// <summary>Remote addresses one connection may be bound to at a time: a browser's checks come from a handful.</summary>
    public const int MaxAddressesPerConnection = 64;

    /// <summary>Checks of strangers answered per second and source address. Browsers send about 20 per second and pair.</summary>
    public const int StrangersChecksPerSecond = 300;

    /// <summary>Source addresses counted within a second; a flood from more of them shares one budget.</summary>
    public const int MaxCountedStrangers = 4096;

    /// <summary>Bytes a connection's senders may be ahead of what SCTP has taken over; awaiting beyond it is the back-pressure.</summary>
    public const int SendAheadBytes = 64 * 1024;

    /// <summary>Bytes all connections may have queued together before each is kept to <see cref="LeastQueueBytes"/>: eight at full pace.</summary>
    public const int SharedQueueBytes = 8 * 1024 * 1024;

    /// <summary>Bytes a connection may always queue: some 3 ms at 20 MB/s, far more than a turn of the loop.</summary>
    public const int LeastQueueBytes = 64 * 1024;

    /// <summary>Longest time the loop sleeps even when nothing is due, so that a missed wake-up heals by itself.</summary>
    public static readonly TimeSpan MaxSleep = TimeSpan.FromSeconds(1);
}
