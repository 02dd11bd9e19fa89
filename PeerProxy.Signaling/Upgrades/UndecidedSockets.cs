using System.Net.Sockets;

namespace PeerProxy.Signaling.Upgrades;

/// <summary>Accepted sockets whose client has not said yet what it wants: in the order they came, no more than a limit, and none for longer than a limit.</summary>
/// <remarks>A request follows its connection within a round trip, so whoever waits longest is the one that makes room. Thread-safe.</remarks>
internal sealed class UndecidedSockets(int most, TimeSpan longest, TimeProvider time)
{
    private readonly LinkedList<(Socket Socket, long Since)> _sockets = [];

    private int Count
    {
        get
        {
            lock (_sockets)
            {
                return _sockets.Count;
            }
        }
    }

    /// <summary>Adds a socket; closes the one that waits longest when there are too many.</summary>
    /// <returns>The socket's place.</returns>
    public LinkedListNode<(Socket Socket, long Since)> Add(Socket socket, out bool isCrowded)
    {
        isCrowded = Count >= most && CloseOldest();
        lock (_sockets)
        {
            return _sockets.AddLast((socket, time.GetTimestamp()));
        }
    }

    /// <summary>Closes the one that waits longest.</summary>
    /// <returns>False when there is none.</returns>
    public bool CloseOldest() => Close(TimeSpan.MinValue, 1) == 1;

    /// <summary>Takes a socket out.</summary>
    /// <returns>False when it was closed.</returns>
    public bool TryRemove(LinkedListNode<(Socket Socket, long Since)> place)
    {
        lock (_sockets)
        {
            if (place.List is null)
            {
                return false;
            }
            _sockets.Remove(place);
            return true;
        }
    }

    /// <summary>Closes those whose time is over.</summary>
    /// <returns>How many.</returns>
    public int CloseSilent() => Close(longest, int.MaxValue);

    /// <summary>Closes all.</summary>
    public void CloseAll() => Close(TimeSpan.MinValue, int.MaxValue);

    private int Close(TimeSpan age, int count)
    {
        var now = time.GetTimestamp();
        var closed = 0;
        for (; closed < count; closed++)
        {
            Socket socket;
            lock (_sockets)
            {
                if (_sockets.First is not { } first || time.GetElapsedTime(first.Value.Since, now) < age)
                {
                    break;
                }
                socket = first.Value.Socket;
                _sockets.RemoveFirst();
            }
            // Outside the lock: whoever waits for the socket goes on here.
            socket.Dispose();
        }
        return closed;
    }
}
