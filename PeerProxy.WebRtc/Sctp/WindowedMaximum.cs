namespace PeerProxy.WebRtc.Sctp;

/// <summary>Maximum of the values of the last rounds, kept as the best three in order of age (the filter of K. Nichols' windowed min/max).</summary>
internal struct WindowedMaximum(long windowRounds)
{
    private (long Round, double Value) _first;
    private (long Round, double Value) _second;
    private (long Round, double Value) _third;

    public readonly double Value => _first.Value;

    public void Update(long round, double value)
    {
        if (value >= _first.Value || round - _third.Round > windowRounds)
        {
            Reset(round, value);
            return;
        }

        if (value >= _second.Value)
        {
            _second = _third = (round, value);
        }
        else if (value >= _third.Value)
        {
            _third = (round, value);
        }

        if (round - _first.Round > windowRounds)
        {
            _first = _second;
            _second = _third;
            _third = (round, value);
            if (round - _first.Round > windowRounds)
            {
                _first = _second;
                _second = _third;
            }
        }
        else if (_second.Round == _first.Round && round - _second.Round > windowRounds / 4)
        {
            _second = _third = (round, value);
        }
        else if (_third.Round == _second.Round && round - _third.Round > windowRounds / 2)
        {
            _third = (round, value);
        }
    }

    public void Reset(long round, double value) => _first = _second = _third = (round, value);
}
