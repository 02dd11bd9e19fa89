using System.Net;
using System.Net.Sockets;
using PeerProxy.WebRtc.Ice;

namespace PeerProxy.WebRtc.Hosting;

/// <summary>A peer's candidate that waits for the address behind its name.</summary>
internal readonly record struct NamedCandidate(HostedConnection Connection, IceCandidate Candidate);

/// <summary>Asks the local network for ".local" names by one-shot multicast DNS (RFC 6762 5.1). On the loop; nothing ever waits for it.</summary>
/// <remarks>The browser's own checks usually find us first. A known address matters where a firewall lets in only whom we sent to.</remarks>
internal sealed class MulticastPort(TransportLoop loop) : IDisposable
{
    /// <summary>Names asked for at a time; a page of candidates has one or two.</summary>
    private const int MaxPending = 64;

    private const int MaxAddresses = 4;
    private const int MaxAnswerBytes = 1500;

    /// <summary>The question is asked this often, in case a datagram is lost.</summary>
    private const int Tries = 2;

    private static readonly TimeSpan _tryGap = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan _answerLimit = TimeSpan.FromSeconds(3);

    private readonly Dictionary<string, List<NamedCandidate>> _pending = new(StringComparer.OrdinalIgnoreCase);
    private readonly CancellationTokenSource _closing = new();

    public void Resolve(string name, NamedCandidate waiting)
    {
        if (!MdnsQuery.IsLocalName(name))
        {
            // Other host names would be looked up for whoever controls the peer: not ours to do (RFC 8839 section 5.1 allows to ignore them).
            return;
        }

        if (_pending.TryGetValue(name, out var others))
        {
            others.Add(waiting);
        }
        else if (_pending.Count < MaxPending)
        {
            _pending.Add(name, [waiting]);
            var interfaces = loop.HostCandidates.Where(host => !host.Address.IsIPv6).Select(host => host.Address.ToIPAddress()).ToArray();
            _ = AskAsync(name, interfaces);
        }
    }

    public void Dispose() => _closing.Cancel();

    private async Task AskAsync(string name, IPAddress[] interfaces)
    {
        var found = new TransportAddress[MaxAddresses];
        var count = 0;
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(_closing.Token);
            limit.CancelAfter(_answerLimit);
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.Bind(new IPEndPoint(IPAddress.Any, 0));
            var query = new byte[MdnsQuery.MaxQuerySize];
            var asking = AskRepeatedlyAsync(socket, query.AsMemory(0, MdnsQuery.Write(name, query)), interfaces, limit.Token);
            count = await ReceiveAsync(socket, name, found, limit.Token).ConfigureAwait(false);
            await limit.CancelAsync().ConfigureAwait(false);
            await asking.ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            // No multicast here, or nobody answered in time: the candidate stays unused.
        }

        loop.Post(() => Finish(name, found.AsSpan(0, count)));
    }

    private static async Task AskRepeatedlyAsync(Socket socket, ReadOnlyMemory<byte> query, IPAddress[] interfaces, CancellationToken cancellationToken)
    {
        var group = new IPEndPoint(IPAddress.Parse(MdnsQuery.GroupIPv4), MdnsQuery.Port);
        try
        {
            for (var i = 0; i < Tries; i++)
            {
                foreach (var address in interfaces)
                {
                    socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastInterface, address.GetAddressBytes());
                    await socket.SendToAsync(query, SocketFlags.None, group, cancellationToken).ConfigureAwait(false);
                }

                await Task.Delay(_tryGap, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            // An interface without multicast, or the answer is here already.
        }
    }

    private static async Task<int> ReceiveAsync(Socket socket, string name, TransportAddress[] found, CancellationToken cancellationToken)
    {
        var buffer = new byte[MaxAnswerBytes];
        var any = new IPEndPoint(IPAddress.Any, 0);
        while (true)
        {
            var received = await socket.ReceiveFromAsync(buffer, SocketFlags.None, any, cancellationToken).ConfigureAwait(false);
            var count = MdnsQuery.ReadAddresses(buffer.AsSpan(0, received.ReceivedBytes), name, found);
            if (count > 0)
            {
                return count;
            }
        }
    }

    private void Finish(string name, ReadOnlySpan<TransportAddress> addresses)
    {
        if (!_pending.Remove(name, out var waiting))
        {
            return;
        }

        foreach (var address in addresses)
        {
            foreach (var (connection, candidate) in waiting)
            {
                connection.OnResolved(candidate, address);
            }
        }
    }
}
