using PeerProxy.WebRtc.Connection;

namespace PeerProxy.Tests.TestKit.Suite;

/// <summary>A transport whose connections keep their channels at hand, so that a test can put bytes of its own on them.</summary>
internal sealed class ChannelTap(IPeerTransport inner) : IPeerTransport
{
    /// <summary>Every channel opened so far, by its negotiated id.</summary>
    public Dictionary<ushort, IDataChannel> Channels { get; } = [];

    public string LocalFingerprint => inner.LocalFingerprint;

    public IPeerConnection CreateConnection(PeerConnectionOptions options) => new TappedConnection(inner.CreateConnection(options), this);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private sealed class TappedConnection(IPeerConnection inner, ChannelTap tap) : IPeerConnection
    {
        public event Action<string?>? LocalCandidateFound
        {
            add => inner.LocalCandidateFound += value;
            remove => inner.LocalCandidateFound -= value;
        }

        public event Action<IDataChannel>? ChannelOpened
        {
            add => inner.ChannelOpened += value;
            remove => inner.ChannelOpened -= value;
        }

        public PeerConnectionState State => inner.State;

        public Task Connected => inner.Connected;

        public Task<PeerConnectionCloseReason> Closed => inner.Closed;

        public SelectedPathInfo? SelectedPath => inner.SelectedPath;

        public Task<string> AcceptOfferAsync(string offerSdp, CancellationToken cancellationToken = default) => inner.AcceptOfferAsync(offerSdp, cancellationToken);

        public Task<string> CreateOfferAsync(bool iceRestart = false, CancellationToken cancellationToken = default) => inner.CreateOfferAsync(iceRestart, cancellationToken);

        public Task AcceptAnswerAsync(string answerSdp, CancellationToken cancellationToken = default) => inner.AcceptAnswerAsync(answerSdp, cancellationToken);

        public void AddRemoteCandidate(string? candidate) => inner.AddRemoteCandidate(candidate);

        public IDataChannel OpenChannel(DataChannelOptions options) => tap.Channels[options.NegotiatedId ?? 0] = inner.OpenChannel(options);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
